/** The browser's language as Vega wants to be told of it: separators, and the names of months and days. */

const languages = navigator.languages;

/** `{number, time}`: locales of d3-format and d3-time-format. */
export function chartLocale() {
  const parts = new Intl.NumberFormat(languages, { useGrouping: true }).formatToParts(-1234567.8);
  const part = (wanted, other) => parts.find(({ type }) => type === wanted)?.value ?? other;
  const number = {
    decimal: part("decimal", "."),
    thousands: part("group", ""),
    grouping: [3],
    currency: ["", ""],
    minus: part("minusSign", "-"),
  };
  const days = (length) => names(7, (n) => new Date(Date.UTC(2024, 0, 7 + n)), { weekday: length }); // a Sunday
  const months = (length) => names(12, (n) => new Date(Date.UTC(2024, n, 15)), { month: length });
  const time = {
    dateTime: "%x, %X",
    date: "%d %b %Y",
    time: "%H:%M:%S",
    periods: ["AM", "PM"],
    days: days("long"),
    shortDays: days("short"),
    months: months("long"),
    shortMonths: months("short"),
  };
  return { number, time };
}

function names(count, date, options) {
  const format = new Intl.DateTimeFormat(languages, { ...options, timeZone: "UTC" });
  return Array.from({ length: count }, (_, n) => format.format(date(n)));
}
