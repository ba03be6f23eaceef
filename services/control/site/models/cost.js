/** What running models cost. Prices come from the service: US dollars by list price. */
import { html } from "../lib/html.js";
import * as format from "../lib/format.js";
import { now as serverNow } from "../lib/session.js";
import { useNow } from "../lib/use.js";

const HOUR_MS = 3_600_000;

/** What a version has cost since it was started; null where its price is not known. */
export const costSoFar = ({ UsdPerHour, RunningSince }, now) =>
  UsdPerHour === null ? null : RunningSince ? (UsdPerHour * Math.max(0, now - Date.parse(RunningSince))) / HOUR_MS : 0;

/** The service's time in milliseconds, anew every few seconds. */
export const useServerTime = (every = 5000) => useNow(every) - Date.now() + serverNow();

/** "$0.06 an hour, $0.12 so far", for one version or for the sum of several. */
export function Cost({ models }) {
  const now = useServerTime();
  const running = models.filter(({ RunningSince }) => RunningSince);
  if (!running.length) return html`<span class="muted">Nothing</span>`;
  if (running.some(({ UsdPerHour }) => UsdPerHour === null)) {
    return html`<span>Billed by AWS and the model's seller by the hour</span>`;
  }
  const hourly = sum(running.map(({ UsdPerHour }) => UsdPerHour));
  if (!hourly) return html`<span>Only what pictures cost</span>`;
  const soFar = sum(running.map((model) => costSoFar(model, now)));
  return html`<span class="money">${format.money(hourly)} an hour</span> <span class="muted money">${format.money(rounded(soFar))} so far</span>`;
}

/** Cents, and below them hundredths of them: what was not spent is not shown to the last digit. */
export const rounded = (usd) => (usd < 0.01 ? Math.round(usd * 1e4) / 1e4 : Math.round(usd * 100) / 100);

/** What keeping so many units costs, as a sentence about money. */
export function costWords(count, { UsdPerHour, PricesOf }) {
  const hourly = count * UsdPerHour;
  return (
    `Costs about ${format.money(hourly)} per hour (${format.money(hourly * 24)} a day) until it is stopped, ` +
    `whether pictures come or not. List prices of ${PricesOf}; what is done for each picture comes on top.`
  );
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
