/** Shift calendars as weeks: minutes from Monday 00:00, in the calendar's own time zone. */

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY = 24 * 60;
const WEEK = 7 * DAY;

const names = (width) => DAYS.map((_, day) => new Intl.DateTimeFormat(navigator.languages, { weekday: width, timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + day)));
export const DAY_NAMES = names("long");
const SHORT_NAMES = names("short");

const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** When the calendar is on: `{day, from, to}` with minutes of the day, overlaps joined. */
export function spans(shifts) {
  const on = new Uint8Array(WEEK);
  for (const { Days, Start, End } of shifts) {
    const length = (minutes(End) - minutes(Start) + DAY) % DAY;
    for (const day of Days) {
      const begin = DAYS.indexOf(day) * DAY + minutes(Start);
      for (let minute = begin; minute < begin + length; minute += 1) on[minute % WEEK] = 1;
    }
  }
  const found = [];
  for (let day = 0; day < 7; day += 1) {
    const today = on.subarray(day * DAY, (day + 1) * DAY);
    for (let from = today.indexOf(1); from >= 0; ) {
      const end = today.indexOf(0, from);
      const to = end < 0 ? DAY : end;
      found.push({ day, from, to });
      from = today.indexOf(1, to);
    }
  }
  return found;
}

export const hoursAWeek = (shifts) => spans(shifts).reduce((total, { from, to }) => total + to - from, 0) / 60;

/** "Mon–Fri 06:00–14:00". */
export function shiftWords({ Days, Start, End }) {
  const days = DAYS.map((day, index) => (Days.includes(day) ? index : -1)).filter((index) => index >= 0);
  const runs = [];
  for (const day of days) {
    if (runs.at(-1)?.at(-1) === day - 1) runs.at(-1).push(day);
    else runs.push([day]);
  }
  const words = runs.map((run) => (run.length > 2 ? `${SHORT_NAMES[run[0]]}–${SHORT_NAMES[run.at(-1)]}` : run.map((day) => SHORT_NAMES[day]).join(", ")));
  return `${words.join(", ")} ${Start}–${End}`;
}

/** What keeps a calendar from being saved, in words; "" when nothing does. */
export function problem({ Days, Start, End }) {
  if (!Days.length) return "Choose a day.";
  if (!Start || !End) return "Give both times.";
  return Start === End ? "It begins and ends at the same time." : "";
}
