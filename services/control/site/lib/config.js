/** What the deployment wrote about its surroundings; read once, before anything else. */

/**
 * @typedef {object} Config
 * @property {string} region
 * @property {string} timeZone the plant's, such as Europe/Berlin: its days begin at midnight there
 * @property {string} userPoolId
 * @property {string} clientId the site, as the user pool knows it
 * @property {string} identityPoolId
 * @property {string} cognitoIdp where the user pool answers
 * @property {string} cognitoIdentity where the identity pool answers
 * @property {Record<string, string>} apis the services' addresses by name, without a slash at the end
 * @property {Record<string, string[]>} may what each group may ask for, as IAM writes it: "GET/queries/*"
 */

/** @type {Config} */
export let config;

/** Read /config.json; an Error says what a person can do about it. */
export async function loadConfig() {
  const answer = await fetch("/config.json", { cache: "no-cache" });
  if (!answer.ok) throw new Error("This site has no config.json. Deploy it with `sightline deploy-site`.");
  config = Object.freeze(await answer.json());
}
