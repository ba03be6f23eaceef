/** Numbers and times in the browser's language; Intl's objects are made once. */

const languages = navigator.languages;
const made = new Map();

function formatter(kind, options) {
  const key = kind.name + JSON.stringify(options);
  if (!made.has(key)) made.set(key, new kind(languages, options));
  return made.get(key);
}

const numbers = (options) => formatter(Intl.NumberFormat, options);
const dates = (options) => formatter(Intl.DateTimeFormat, options);
const NONE = "–";
const shown = (value, write) => (value === undefined || value === null || Number.isNaN(value) ? NONE : write(value));

export const integer = (value) => shown(value, (v) => numbers({ maximumFractionDigits: 0 }).format(v));
export const decimal = (value, digits = 2) =>
  shown(value, (v) => numbers({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v));
/** A share of 0 to 1. */
export const percent = (value, digits = 0) =>
  shown(value, (v) => numbers({ style: "percent", maximumFractionDigits: digits }).format(v));
export const money = (value, currency = "USD") =>
  shown(value, (v) => numbers({ style: "currency", currency, maximumFractionDigits: v < 1 && v > 0 ? 4 : 2 }).format(v));
/** Bytes, in steps of 1000. */
export function bytes(value) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  return shown(value, (v) => {
    const step = Math.min(units.length - 1, v > 0 ? Math.floor(Math.log10(v) / 3) : 0);
    return numbers({ style: "unit", unit: units[step], unitDisplay: "short", maximumFractionDigits: 1 }).format(v / 1000 ** step);
  });
}

/** A moment, on the clocks of a time zone; of the browser's without one. */
export const dateTime = (value, timeZone) => shown(value, (v) => dates({ dateStyle: "medium", timeStyle: "medium", timeZone }).format(new Date(v)));
export const time = (value) => shown(value, (v) => dates({ timeStyle: "medium" }).format(new Date(v)));

/** "3 minutes ago", by a given now in milliseconds. */
export function ago(value, now = Date.now()) {
  return shown(value, (v) => {
    const seconds = Math.round((new Date(v).getTime() - now) / 1000);
    const steps = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
    const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? steps[3];
    return formatter(Intl.RelativeTimeFormat, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
  });
}

/** "5 min", "2 h": how long something took or lasts, in seconds. */
export function duration(seconds) {
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  return shown(seconds, (v) => {
    const [unit, size] = steps.find(([, length]) => v >= length) ?? steps[3];
    return numbers({ style: "unit", unit, unitDisplay: "short", maximumFractionDigits: v / size < 10 ? 1 : 0 }).format(v / size);
  });
}
/** "1 picture", "12 pictures". */
export const count = (value, one, many = `${one}s`) => `${integer(value)} ${value === 1 ? one : many}`;
