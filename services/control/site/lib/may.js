/**
 * What the site offers to whom, by the table that the groups' roles are made of. The services
 * decide for themselves; this only keeps people from pressing what would be refused.
 */
import { config } from "./config.js";
import { useSession } from "./session.js";

/**
 * Whether the person who is signed in may ask this: `{allowed, reason}`.
 * @param {string} method
 * @param {string} path of the route, with any text for its parameters: "/sightline/cameras/x/token"
 */
export function useMay(method, path) {
  const role = useSession()?.role ?? "";
  const allowed = may(role, method, path);
  return { allowed, reason: allowed ? "" : `As ${role || "a person without a group"} you can look at this, but not change it.` };
}

/** The same for a given role. */
export const may = (role, method, path) => (config.may[role] ?? []).some((pattern) => covers(pattern, method + path));

function covers(pattern, text) {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
