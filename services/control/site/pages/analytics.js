/** The numbers of some days, or of the last minutes: figures, charts, and a day's table to take along. */
import { html } from "../lib/html.js";
import { get } from "../lib/api.js";
import { chart } from "../lib/chart.js";
import { config } from "../lib/config.js";
import { countDays, plusDays, startOfDay, today } from "../lib/days.js";
import * as format from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { askAll } from "../lib/runs.js";
import { useResource } from "../lib/use.js";
import { Chart } from "../ui/chart.js";
import { DayTable } from "../ui/day-table.js";
import { Choice, Field } from "../ui/form.js";
import { Page } from "../ui/page.js";
import { Empty, Failed, Resource } from "../ui/states.js";

const CHARTS = [
  "share_over_time",
  "images_over_time",
  "defects_by_line",
  "share_by_line",
  "line_by_hour",
  "worst_cameras",
  "defect_types",
  "review_outcomes",
  "confidence",
  "latency",
];
const LIVE_CHARTS = ["images_over_time", "share_over_time", "defects_by_line", "share_by_line"];
const LIVE_MINUTES = 15;
const LIVE_EVERY_MS = 5000;
const USUAL = "7";
const RANGES = [
  { value: "live", label: "Live" },
  { value: "today", label: "Today" },
  { value: USUAL, label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "custom", label: "Custom" },
];
/** The buckets of time, each for up to so many days. */
const BUCKETS = [[8, "hour"], [200, "day"], [1400, "week"], [Infinity, "month"]];

export default function Analytics() {
  const [query, change] = useQuery();
  const days = period(query);
  const { project, facility, line } = query;
  const where = Object.fromEntries(Object.entries({ project, facility, line }).filter(([, value]) => value));
  const lead =
    days.range === "live"
      ? `The last ${LIVE_MINUTES} minutes, as they pass.`
      : `Days begin at midnight, ${config.timeZone} time. New images are counted after a few minutes.`;
  return html`
    <${Page} title="Analytics" lead=${lead}>
      <div class="stack">
        <${Filters} query=${query} days=${days} change=${change} />
        <${Content} days=${days} where=${where} />
        <${DayTable} key=${JSON.stringify([days.to, where])} last=${days.to} where=${where} />
      </div>
    <//>
  `;
}

/** `{range, from, to}`: the first and the last day; `day` alone is how the daily mail asks. */
function period({ day, range = USUAL, from, to }) {
  const last = today(config.timeZone);
  if (day) return { range: "custom", from: day, to: day };
  if (range === "custom") return { range, from: from || to || last, to: to || last };
  const known = RANGES.some(({ value }) => value === range) ? range : USUAL;
  return { range: known, from: Number(known) ? plusDays(last, 1 - Number(known)) : last, to: last };
}

function Filters({ query, days, change }) {
  const known = useResource((signal) => get("control", "/sightline/lines", { query: { latest: 0, counts: false }, signal }), []);
  const lines = known.data?.Lines ?? [];
  const inFacility = lines.filter(({ Facility }) => !query.facility || Facility === query.facility);
  const projects = lines.flatMap(({ Projects }) => Projects.map((name) => [name, name]));
  const facilities = lines.map((one) => [one.Facility, one.FacilityName]);
  const custom = (changes) => change({ range: "custom", day: "", from: days.from, to: days.to, ...changes });
  const choose = (range) => (range === "custom" ? custom({}) : change({ range: range === USUAL ? "" : range, day: "", from: "", to: "" }));
  const last = today(config.timeZone);
  return html`
    <form class="analytics-filters" aria-label="What is counted" onSubmit=${(event) => event.preventDefault()}>
      <${Choice} label="Time" value=${days.range} choices=${RANGES} onChange=${choose} />
      ${days.range === "custom" &&
      html`
        <${Field} label="First day" type="date" value=${days.from} max=${last} onInput=${(from) => from && custom({ from })} />
        <${Field} label="Last day" type="date" value=${days.to} max=${last} onInput=${(to) => to && custom({ to })} />
      `}
      <${Field} label="Project" value=${query.project ?? ""} options=${options(projects, query.project)} onInput=${(project) => change({ project })} />
      <${Field} label="Facility" value=${query.facility ?? ""} options=${options(facilities, query.facility)} onInput=${(facility) => change({ facility, line: "" })} />
      <${Field} label="Line" value=${query.line ?? ""} options=${options(inFacility.map((one) => [one.Line, one.LineName]), query.line)} onInput=${(line) => change({ line })} />
    </form>
  `;
}

/** Choices of ids and names; the chosen one is there even before the others are known. */
function options(found, chosen) {
  const names = new Map([...(chosen ? [[chosen, chosen]] : []), ...found]);
  return [{ value: "", label: "All" }, ...[...names].map(([value, label]) => ({ value, label: label || value }))];
}

function Content({ days, where }) {
  if (days.range === "live") return html`<${Live} where=${where} />`;
  if (days.to < days.from) return html`<${Empty} icon="analytics" title="No such days">The last day is before the first.<//>`;
  return html`<${Days} days=${days} where=${where} />`;
}

function Days({ days: { from, to }, where }) {
  const found = useResource((signal) => ofDays(from, to, where, signal), [from, to, where]);
  return html`<${Numbers} of=${found} nothing="No images in these days">Choose other days, or another project, facility or line.<//>`;
}

function Live({ where }) {
  const found = useResource((signal) => ofMinutes(where, signal), [where], { every: LIVE_EVERY_MS });
  const nothing = `No images in the last ${LIVE_MINUTES} minutes`;
  return html`<${Numbers} of=${found} nothing=${nothing}>They appear here as they come.<//>`;
}

/** `of` gives `{specs, runs}`: charts, and the runs of their queries by name. */
function Numbers({ of, nothing, children }) {
  const none = html`<${Empty} icon="analytics" title=${nothing}>${children}<//>`;
  return html`
    <${Resource} of=${of} rows=${6} empty=${({ runs }) => runs.totals.rows[0]?.images === 0} nothing=${none}>
      ${({ specs, runs, since }) => html`
        <div class="stack">
          ${since && html`<p class="banner" data-kind="warn">So many images come that only those since ${format.time(since)} are counted.</p>`}
          ${runs.totals.state === "failed"
            ? html`<${Failed} error=${runs.totals.error} retry=${of.refresh} />`
            : html`<${Figures} of=${runs.totals.rows[0]} />`}
          <div class="charts">${specs.map((spec) => html`<${Chart} key=${spec.title} spec=${spec} run=${runs[spec.usermeta.query]} />`)}</div>
        </div>
      `}
    <//>
  `;
}

/** All queries of all charts, in one round. */
async function ofDays(from, to, where, signal) {
  const zone = config.timeZone;
  const specs = await Promise.all(CHARTS.map(chart));
  const names = new Set(["totals", ...specs.map(({ usermeta }) => usermeta.query)]);
  const [, bucket] = BUCKETS.find(([most]) => countDays(from, to) <= most);
  const begin = (day) => new Date(startOfDay(day, zone)).toISOString();
  // Without an end the service counts up to this minute: hours to come are not in the charts.
  const end = to < today(zone) ? { to: begin(plusDays(to, 1)) } : {};
  const shared = { ...where, from: begin(from), ...end };
  const more = { over_time: { zone, bucket }, line_by_hour: { zone } };
  const queries = [...names].map((query) => ({ query, parameters: { ...shared, ...more[query] } }));
  return { specs, runs: await askAll(queries, signal) };
}

async function ofMinutes(where, signal) {
  const specs = await Promise.all(LIVE_CHARTS.map(chart));
  const query = { ...where, minutes: LIVE_MINUTES, zone: config.timeZone };
  const { from, shortened, results } = await get("analytics", "/live", { query, signal });
  return { specs, runs: results, since: shortened ? from : null };
}

function Figures({ of: totals }) {
  const { images, anomalies, anomaly_rate: share, anomaly_rate_low: low, anomaly_rate_high: high, not_inspected: missed } = totals;
  const between = share === null ? "" : `${format.percent(low, 1)} to ${format.percent(high, 1)} (95 % interval)`;
  return html`
    <dl class="card padded figures">
      <div class="figure"><dt>Images</dt><dd>${format.integer(images)}</dd></div>
      <div class="figure"><dt>Defective</dt><dd>${format.integer(anomalies)}</dd></div>
      <div class="figure"><dt>Share of inspected</dt><dd>${format.percent(share, 1)} <small>${between}</small></dd></div>
      <div class="figure"><dt>Not inspected</dt><dd>${format.integer(missed)}</dd></div>
    </dl>
  `;
}
