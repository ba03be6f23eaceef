/** What every component needs: Preact, its hooks, and `html` in place of JSX. */
import { Fragment, createContext, h, render } from "/vendor/preact.js";
import htm from "/vendor/htm.js";

export const html = htm.bind(h);
export { Fragment, createContext, render };
export * from "/vendor/preact-hooks.js";
