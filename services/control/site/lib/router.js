/**
 * One page is one address: /lines.html, with its state in the query. Links between pages do not
 * load the document anew; reloading any of them works, because each exists as a file.
 */
import { store, useStore } from "./store.js";
import { useCallback } from "./html.js";

const HOME = "lines";

const current = store(read());
addEventListener("popstate", () => current.set(read()));

/** `{page, query}` of the address bar. */
function read() {
  const page = location.pathname.match(/^\/([a-z-]+)\.html$/)?.[1] ?? HOME;
  return { page: page === "index" ? HOME : page, query: new URLSearchParams(location.search) };
}

export const useRoute = () => useStore(current);

/**
 * The address of a page; empty values are left out.
 * @param {string} page
 * @param {Record<string, unknown>} [query]
 */
export function href(page, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `/${page}.html${text ? `?${text}` : ""}`;
}

/** Go to an address of this site. */
export function navigate(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  current.set(read());
}

/**
 * The query as state: `[values, change]`. `change({line: "press-1"})` sets some of it and leaves
 * the rest; an empty value takes one out. Filters replace the entry in the history.
 */
export function useQuery() {
  const { page, query } = useRoute();
  const change = useCallback(
    (changes, { push = false } = {}) => {
      const values = { ...Object.fromEntries(current.get().query), ...changes };
      navigate(href(page, values), { replace: !push });
    },
    [page],
  );
  return [Object.fromEntries(query), change];
}

/** Follow links of this site without loading the document. */
export function followLinks(isPage) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    const page = url.pathname.match(/^\/([a-z-]+)\.html$/)?.[1];
    if (url.origin !== location.origin || !page || !isPage(page) || url.hash) return;
    event.preventDefault();
    navigate(url.pathname + url.search);
  });
}
