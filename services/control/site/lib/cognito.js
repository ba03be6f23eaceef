/** The few calls of Cognito that signing in takes, in its JSON protocol. */
import { config } from "./config.js";

const POOL = "AWSCognitoIdentityProviderService";
const IDENTITY = "AWSCognitoIdentityService";
/** The challenges that this site can answer, by the member that holds the answer. */
const ANSWERS = { NEW_PASSWORD_REQUIRED: "NEW_PASSWORD", SOFTWARE_TOKEN_MFA: "SOFTWARE_TOKEN_MFA_CODE" };

/** A refusal of Cognito; `code` is its name there, "" when nobody answered. */
export class CognitoError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "CognitoError";
    this.code = code;
  }

  /** Whether signing in again is the way out, as opposed to trying again. */
  get refused() {
    return this.code === "NotAuthorizedException" || this.code === "ResourceNotFoundException";
  }
}

/** Tokens, or the challenge to answer first: `{tokens}` or `{challenge, session, user}`. */
export async function signIn(user, password) {
  return outcome(
    await call(POOL, "InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: config.clientId,
      AuthParameters: { USERNAME: user, PASSWORD: password },
    }),
    user,
  );
}

/** Answer a challenge: with a password of one's own in place of a given one, or with a code. */
export async function answer({ challenge, session, user }, text) {
  return outcome(
    await call(POOL, "RespondToAuthChallenge", {
      ChallengeName: challenge,
      ClientId: config.clientId,
      Session: session,
      ChallengeResponses: { USERNAME: user, [ANSWERS[challenge]]: text },
    }),
    user,
  );
}

/** New tokens for those that a session ends with. */
export async function refresh(refreshToken) {
  const answer = await call(POOL, "InitiateAuth", {
    AuthFlow: "REFRESH_TOKEN_AUTH",
    ClientId: config.clientId,
    AuthParameters: { REFRESH_TOKEN: refreshToken },
  });
  return { refreshToken, ...tokens(answer.AuthenticationResult) };
}

/** Make a refresh token worthless. */
export const revoke = (refreshToken) =>
  call(POOL, "RevokeToken", { Token: refreshToken, ClientId: config.clientId });

/** AWS credentials of the group's role: `{accessKeyId, secretAccessKey, sessionToken, expires}`. */
export async function credentialsFor(idToken) {
  const { userPoolId, identityPoolId } = config;
  const issuer = `cognito-idp.${config.region}.amazonaws.com/${userPoolId}`;
  const Logins = { [issuer]: idToken };
  const { IdentityId } = await call(IDENTITY, "GetId", { IdentityPoolId: identityPoolId, Logins });
  const { Credentials } = await call(IDENTITY, "GetCredentialsForIdentity", { IdentityId, Logins });
  return {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretKey,
    sessionToken: Credentials.SessionToken,
    expires: Credentials.Expiration * 1000,
  };
}

/** The claims of a token. They are shown, never believed: every service checks for itself. */
export function claims(token) {
  const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function outcome(answer, user) {
  if (answer.AuthenticationResult) return { tokens: tokens(answer.AuthenticationResult) };
  if (answer.ChallengeName in ANSWERS) return { challenge: answer.ChallengeName, session: answer.Session, user };
  throw new CognitoError(answer.ChallengeName, `This site cannot answer the challenge ${answer.ChallengeName}. Ask an administrator.`);
}

function tokens(result) {
  const found = { idToken: result.IdToken };
  if (result.RefreshToken) found.refreshToken = result.RefreshToken;
  return found;
}

async function call(service, operation, content) {
  const address = service === POOL ? config.cognitoIdp : config.cognitoIdentity;
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${service}.${operation}` },
      body: JSON.stringify(content),
      cache: "no-store",
      credentials: "omit",
    });
  } catch {
    throw new CognitoError("", "The sign-in service cannot be reached. Check the network.");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const code = (body.__type ?? "").split("#").pop();
  throw new CognitoError(code, body.message ?? body.Message ?? `The sign-in service answered ${answer.status}.`);
}
