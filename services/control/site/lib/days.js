/** Days of the plant: they begin at midnight in its own time zone, wherever the browser is. */

const DAY_MS = 24 * 3600 * 1000;

/** The day, yyyy-mm-dd, that it is at a place. */
export const today = (zone, now = Date.now()) => wallClock(now, zone).slice(0, 10);

/** Some days later, or earlier. */
export const plusDays = (day, days) => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

/** From one day to another, both counted. */
export const countDays = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;

/**
 * The first moment of a day, in milliseconds. Where clocks go forward at midnight, a day begins
 * at one o'clock.
 */
export function startOfDay(day, zone) {
  const asIfUtc = Date.parse(day);
  const first = asIfUtc - offset(asIfUtc, zone);
  const second = asIfUtc - offset(first, zone);
  const inside = [first, second].filter((moment) => today(zone, moment) === day);
  return Math.min(...inside);
}

/** How far a place's clocks are ahead of UTC, in milliseconds. */
const offset = (moment, zone) => Date.parse(`${wallClock(moment, zone)}Z`) - Math.floor(moment / 1000) * 1000;

const formats = new Map();

function wallClock(moment, zone) {
  if (!formats.has(zone)) {
    const digits = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    formats.set(zone, new Intl.DateTimeFormat("en-u-ca-iso8601", { ...digits, hourCycle: "h23", timeZone: zone }));
  }
  const parts = Object.fromEntries(formats.get(zone).formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}
