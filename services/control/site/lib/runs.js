/** Named queries: asked for together, waited for, all their rows. */
import { call, get, path } from "./api.js";

const WAIT_S = 5;
const UNFINISHED = new Set(["queued", "running"]);

/**
 * Ask several queries in one round and wait until each has ended.
 * @param {{query: string, parameters: object}[]} queries at most 16
 * @returns {Promise<Record<string, object>>} the runs by their query; failed ones, too
 */
export async function askAll(queries, signal) {
  // The same question within a minute has the same run, so asking again is harmless.
  let { runs } = await call("analytics", "POST", "/runs", { body: { queries, wait: WAIT_S }, signal, harmless: true });
  for (let open = unfinished(runs); open.length; open = unfinished(runs)) {
    const ids = open.map(({ run }) => run).join(",");
    const later = await get("analytics", "/runs", { query: { ids, wait: WAIT_S }, signal });
    const byId = Object.fromEntries(later.runs.map((run) => [run.run, run]));
    runs = runs.map((run) => byId[run.run] ?? run);
  }
  const whole = await Promise.all(runs.map((run) => allRows(run, signal)));
  return Object.fromEntries(whole.map((run) => [run.query, run]));
}

/** The files of a day's table; an error says why there are none. */
export async function dayFiles(day, query) {
  let run = await get("analytics", path`/days/${day}`, { query: { ...query, wait: WAIT_S } });
  while (UNFINISHED.has(run.state)) run = await get("analytics", path`/runs/${run.run}`, { query: { wait: WAIT_S } });
  if (run.state === "failed") throw new Error(run.error.message);
  return run.files;
}

const unfinished = (runs) => runs.filter(({ state }) => UNFINISHED.has(state));

async function allRows(first, signal) {
  const rows = [...(first.rows ?? [])];
  for (let cursor = first.cursor; cursor; ) {
    const page = await get("analytics", path`/runs/${first.run}`, { query: { cursor }, signal });
    rows.push(...page.rows);
    cursor = page.cursor;
  }
  return { ...first, rows };
}
