/**
 * Who is signed in.
 *
 * The tokens live in this tab's session storage: a reload keeps them, closing the last tab forgets
 * them, which is right for a tablet that many hands use. A new tab, such as one that a link in a
 * mail opens, asks the others of this site for theirs.
 */
import * as cognito from "./cognito.js";
import { store, useStore } from "./store.js";

/** @typedef {{user: string, role: "admin" | "operator" | "viewer" | "", groups: string[]}} Person */

const KEY = "sightline.session";
const ROLES = ["admin", "operator", "viewer"];
const RENEW_BEFORE_MS = 60_000;
const ANSWER_WITHIN_MS = 150;

const channel = new BroadcastChannel("sightline.session");
/** @type {{idToken: string, refreshToken: string, clockOffset: number} | null} */
let tokens = null;
let credentialsNow = null;
let asking = null;

/** The person who is signed in, null for nobody, undefined while that is not known yet. */
const person = store(undefined);
/** Whether a session ended by itself, so that the sign-in page can say so. */
export const ended = store(false);

export const useSession = () => useStore(person);

/** This browser's clock put right by that of the sign-in: signatures with a wrong time are refused. */
export const now = () => Date.now() + (tokens?.clockOffset ?? 0);

/** Take up the session of this tab or of another one. */
export async function restore() {
  channel.addEventListener("message", hear);
  const kept = sessionStorage.getItem(KEY);
  take(kept ? JSON.parse(kept) : await askOtherTabs());
}

/** Sign in: null when done, or the challenge that is to be answered first. */
export const signIn = async (user, password) => enter(await cognito.signIn(user.trim(), password));
export const answer = async (challenge, text) => enter(await cognito.answer(challenge, text));

/** Sign out here and in all tabs. */
export async function signOut() {
  const given = tokens?.refreshToken;
  drop();
  channel.postMessage({ what: "signed-out" });
  if (given) await cognito.revoke(given).catch(() => undefined); // it ends by itself, too
}

/** AWS credentials that are still good for a while. A session that cannot go on ends here. */
export function credentials() {
  if (credentialsNow && credentialsNow.expires - now() > RENEW_BEFORE_MS) return Promise.resolve(credentialsNow);
  asking ??= renew().finally(() => {
    asking = null;
  });
  return asking;
}

/** Get new credentials at the next call: the service no longer takes these. */
export function forgetCredentials() {
  credentialsNow = null;
}

async function renew() {
  if (!tokens) throw new cognito.CognitoError("NotAuthorizedException", "You are not signed in.");
  try {
    if (cognito.claims(tokens.idToken).exp * 1000 - now() < RENEW_BEFORE_MS) {
      keep({ ...tokens, ...(await cognito.refresh(tokens.refreshToken)) });
    }
    credentialsNow = await cognito.credentialsFor(tokens.idToken);
    return credentialsNow;
  } catch (error) {
    if (error.refused) {
      drop();
      ended.set(true);
    }
    throw error;
  }
}

function enter(outcome) {
  if (!outcome.tokens) return outcome;
  const issued = cognito.claims(outcome.tokens.idToken).iat * 1000;
  take({ ...outcome.tokens, clockOffset: issued - Date.now() });
  ended.set(false);
  channel.postMessage({ what: "signed-in", tokens });
  return null;
}

function take(found) {
  if (!found) {
    person.set(null);
    return;
  }
  keep(found);
  const said = cognito.claims(found.idToken);
  const groups = said["cognito:groups"] ?? [];
  const role = ROLES.find((name) => groups.includes(name)) ?? "";
  person.set({ user: said["cognito:username"] ?? said.email ?? "", role, groups });
}

function keep(found) {
  tokens = found;
  sessionStorage.setItem(KEY, JSON.stringify(found));
}

function drop() {
  tokens = credentialsNow = null;
  sessionStorage.removeItem(KEY);
  person.set(null);
}

function askOtherTabs() {
  return new Promise((resolve) => {
    const hearAnswer = ({ data }) => data.what === "tokens" && resolve(data.tokens);
    channel.addEventListener("message", hearAnswer);
    channel.postMessage({ what: "who" });
    setTimeout(() => {
      channel.removeEventListener("message", hearAnswer);
      resolve(null);
    }, ANSWER_WITHIN_MS);
  });
}

function hear({ data }) {
  if (data.what === "who" && tokens) channel.postMessage({ what: "tokens", tokens });
  if (data.what === "signed-out") drop();
  if (data.what === "signed-in" && !tokens) take(data.tokens);
}
