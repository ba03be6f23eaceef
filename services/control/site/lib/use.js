/** Hooks that pages are made of: reading, changing, keeping what was typed, keys. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { newToken } from "./api.js";
import { toast } from "../ui/toast.js";

const SLOWEST_MS = 30_000;

/**
 * Something that is read from a service.
 *
 * `load(signal)` is run anew when `inputs` change, after `refresh()`, and every `every` milliseconds
 * while the tab is seen; it slows down while it fails, and what was read stays.
 *
 * @returns {{data: any, error: Error | null, loading: boolean, refresh: () => void, set: (data: any) => void}}
 */
export function useResource(load, inputs, { every = 0 } = {}) {
  const [state, setState] = useState({ data: undefined, error: null, loading: true });
  const [asked, setAsked] = useState(0);
  const key = JSON.stringify(inputs);
  const shownKey = useRef(key);

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let failures = 0;
    const other = shownKey.current !== key;
    shownKey.current = key;
    setState((before) => ({ data: other ? undefined : before.data, error: null, loading: true }));

    const again = () => {
      if (every && !abort.signal.aborted) timer = setTimeout(run, Math.min(SLOWEST_MS, every * 2 ** failures));
    };
    const run = async () => {
      if (document.hidden && every) return; // `seen` takes it up again
      try {
        const data = await load(abort.signal);
        failures = 0;
        if (!abort.signal.aborted) setState({ data, error: null, loading: false });
      } catch (error) {
        failures += 1;
        if (!abort.signal.aborted) setState((before) => ({ ...before, error, loading: false }));
      }
      again();
    };
    const seen = () => {
      clearTimeout(timer);
      if (every && !document.hidden) run();
    };
    document.addEventListener("visibilitychange", seen);
    run();
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [key, asked, every]);

  const refresh = useCallback(() => setAsked((count) => count + 1), []);
  const set = useCallback((data) => setState({ data, error: null, loading: false }), []);
  return { ...state, refresh, set };
}

/**
 * Something that changes the world: `[run, busy]`. While it is under way it cannot be begun again,
 * and until it has succeeded every try uses the same token, so that a double click or a lost answer
 * does nothing twice. A failure is told in a toast, and `run` resolves to undefined.
 *
 * @param {(token: string, ...values: any[]) => Promise<any>} action
 */
export function useAction(action) {
  const [busy, setBusy] = useState(false);
  const underWay = useRef(false);
  const kept = useRef({ token: "", key: "" });
  const latest = useRef(action);
  latest.current = action;
  const run = useCallback(async (...values) => {
    if (underWay.current) return undefined;
    underWay.current = true;
    setBusy(true);
    const key = JSON.stringify(values);
    if (kept.current.key !== key || !kept.current.token) kept.current = { token: newToken(), key };
    try {
      const result = await latest.current(kept.current.token, ...values);
      kept.current = { token: "", key: "" };
      return result ?? true;
    } catch (error) {
      toast.failed(error);
      return undefined;
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  }, []);
  return [run, busy];
}

/** State that a reload or an expired session does not lose: `[value, setValue, forget]`. */
export function useDraft(name, initial) {
  const key = `sightline.draft.${name}`;
  const [value, setValue] = useState(() => {
    const kept = sessionStorage.getItem(key);
    return kept === null ? initial : JSON.parse(kept);
  });
  const change = useCallback(
    (next) => {
      setValue(next);
      sessionStorage.setItem(key, JSON.stringify(next));
    },
    [key],
  );
  const forget = useCallback(() => {
    setValue(initial);
    sessionStorage.removeItem(key);
  }, [key]);
  return [value, change, forget];
}

/**
 * Keys of a page, `{n: next, ArrowRight: next}`; not while typing, in a dialog, or with a modifier.
 * @param {Record<string, () => void>} keys
 */
export function useKeys(keys) {
  const latest = useRef(keys);
  latest.current = keys;
  // A layout effect: what is seen can be pressed.
  useLayoutEffect(() => {
    const press = (event) => {
      const typing = event.target.closest?.("input, select, textarea, dialog, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      if (!event.repeat || event.key.startsWith("Arrow")) act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** The time in milliseconds, anew every `every` milliseconds: for "a minute ago". */
export function useNow(every = 1000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** The title of the tab while a component is shown. */
export function useTitle(title) {
  useEffect(() => {
    document.title = title ? `${title} · Sightline` : "Sightline";
  }, [title]);
}
