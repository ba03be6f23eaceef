/** A value that components can watch. */
import { useEffect, useState } from "./html.js";

/**
 * @template T
 * @param {T} value
 */
export function store(value) {
  const watchers = new Set();
  return {
    get: () => value,
    /** @param {T} next */
    set(next) {
      value = next;
      for (const watcher of [...watchers]) watcher(value);
    },
    /** @param {(value: T) => void} watcher */
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** The store's value, kept up to date in a component. */
export function useStore(watched) {
  const [value, setValue] = useState(watched.get());
  useEffect(() => {
    setValue(watched.get());
    return watched.watch(setValue);
  }, [watched]);
  return value;
}
