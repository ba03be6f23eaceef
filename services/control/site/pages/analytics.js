/** The numbers of some days: headline figures, charts, and a day's table to take along. */
import { html, useState } from "../lib/html.js";
import { get } from "../lib/api.js";
import { chart } from "../lib/chart.js";
import * as format from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { askAll, dayFiles } from "../lib/runs.js";
import { useAction, useResource } from "../lib/use.js";
import { Chart } from "../ui/chart.js";
import { ActionButton, Choice, Field } from "../ui/form.js";
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
const RANGES = [
  { value: "today", label: "Today" },
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "custom", label: "Custom" },
];
const DAY_MS = 24 * 3600 * 1000;
/** The buckets of time, each for up to so many days. */
const BUCKETS = [[8, "hour"], [200, "day"], [1400, "week"], [Infinity, "month"]];

export default function Analytics() {
  const [query, change] = useQuery();
  const days = period(query);
  const { project, facility, line } = query;
  const where = { project, facility, line };
  return html`
    <${Page} title="Analytics" lead="Days begin at midnight UTC. New images are counted after a few minutes.">
      <div class="stack">
        <${Filters} query=${query} days=${days} change=${change} />
        ${days.to < days.from
          ? html`<${Empty} icon="analytics" title="No such days">The last day is before the first.<//>`
          : html`<${Numbers} days=${days} where=${where} />`}
        <${Download} key=${days.to} last=${days.to} where=${where} />
      </div>
    <//>
  `;
}

/** `{range, from, to}`: the first and the last day; `day` alone is how the daily mail asks. */
function period({ day, range = "7", from, to }) {
  const last = today();
  if (day) return { range: "custom", from: day, to: day };
  if (range === "custom") return { range, from: from || to || last, to: to || last };
  const known = RANGES.some(({ value }) => value === range) ? range : "7";
  return { range: known, from: known === "today" ? last : dayBefore(last, Number(known) - 1), to: last };
}

function Filters({ query, days, change }) {
  const known = useResource((signal) => get("control", "/sightline/lines", { query: { latest: 0, counts: false }, signal }), []);
  const lines = known.data?.Lines ?? [];
  const inFacility = lines.filter(({ Facility }) => !query.facility || Facility === query.facility);
  const projects = lines.flatMap(({ Projects }) => Projects.map((name) => [name, name]));
  const custom = (changes) => change({ range: "custom", day: "", from: days.from, to: days.to, ...changes });
  const choose = (range) => (range === "custom" ? custom({}) : change({ range: range === "7" ? "" : range, day: "", from: "", to: "" }));
  return html`
    <form class="analytics-filters" aria-label="What is counted" onSubmit=${(event) => event.preventDefault()}>
      <${Choice} label="Days" value=${days.range} choices=${RANGES} onChange=${choose} />
      ${days.range === "custom" &&
      html`
        <${Field} label="First day" type="date" value=${days.from} max=${today()} onInput=${(from) => from && custom({ from })} />
        <${Field} label="Last day" type="date" value=${days.to} max=${today()} onInput=${(to) => to && custom({ to })} />
      `}
      <${Field} label="Project" value=${query.project ?? ""} options=${options(projects, query.project)} onInput=${(project) => change({ project })} />
      <${Field} label="Facility" value=${query.facility ?? ""} options=${options(lines.map((one) => [one.Facility, one.FacilityName]), query.facility)} onInput=${(facility) => change({ facility, line: "" })} />
      <${Field} label="Line" value=${query.line ?? ""} options=${options(inFacility.map((one) => [one.Line, one.LineName]), query.line)} onInput=${(line) => change({ line })} />
    </form>
  `;
}

/** Choices of ids and names; the chosen one is there even before the others are known. */
function options(found, chosen) {
  const names = new Map([...(chosen ? [[chosen, chosen]] : []), ...found]);
  return [{ value: "", label: "All" }, ...[...names].map(([value, label]) => ({ value, label: label || value }))];
}

function Numbers({ days, where }) {
  const { from, to } = days;
  const numbers = useResource((signal) => load(from, to, where, signal), [from, to, where]);
  const nothing = html`<${Empty} icon="analytics" title="No images in these days">Choose other days, or another project, facility or line.<//>`;
  return html`
    <${Resource} of=${numbers} rows=${6} empty=${({ runs }) => runs.totals.rows[0]?.images === 0} nothing=${nothing}>
      ${({ specs, runs }) => html`
        <div class="stack">
          ${runs.totals.state === "failed"
            ? html`<${Failed} error=${runs.totals.error} retry=${numbers.refresh} />`
            : html`<${Figures} of=${runs.totals.rows[0]} />`}
          <div class="charts">${specs.map((spec) => html`<${Chart} key=${spec.title} spec=${spec} run=${runs[spec.usermeta.query]} />`)}</div>
        </div>
      `}
    <//>
  `;
}

async function load(from, to, where, signal) {
  const specs = await Promise.all(CHARTS.map(chart));
  const names = new Set(["totals", ...specs.map((spec) => spec.usermeta.query)]);
  const length = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  const bucket = BUCKETS.find(([most]) => length <= most)[1];
  // Without an end the service counts up to this minute: hours to come are not in the charts.
  const end = to < today() ? { to: `${dayBefore(to, -1)}T00:00:00Z` } : {};
  const shared = { ...given(where), from: `${from}T00:00:00Z`, ...end };
  const queries = [...names].map((query) => ({ query, parameters: query === "over_time" ? { ...shared, bucket } : shared }));
  return { specs, runs: await askAll(queries, signal) };
}

function Figures({ of: totals }) {
  const { images, anomalies, anomaly_rate: share, anomaly_rate_low: low, anomaly_rate_high: high, not_inspected: missed } = totals;
  const between = share === null ? "" : `${format.percent(low, 2)} to ${format.percent(high, 2)} (95 % interval)`;
  return html`
    <dl class="card padded figures">
      <div class="figure"><dt>Images</dt><dd>${format.integer(images)}</dd></div>
      <div class="figure"><dt>Defective</dt><dd>${format.integer(anomalies)}</dd></div>
      <div class="figure"><dt>Share of inspected</dt><dd>${format.percent(share, 2)} <small>${between}</small></dd></div>
      <div class="figure"><dt>Not inspected</dt><dd>${format.integer(missed)}</dd></div>
    </dl>
  `;
}

function Download({ last, where }) {
  const [day, setDay] = useState(last);
  const [files, setFiles] = useState(null);
  const [fetchFiles, busy] = useAction(async (_, kind) => setFiles(await dayFiles(day, { ...given(where), format: kind })));
  const pick = (value) => {
    setDay(value);
    setFiles(null);
  };
  const reason = day ? "" : "Choose a day first.";
  return html`
    <section class="card padded stack" aria-labelledby="download">
      <div>
        <h2 id="download">One day's table</h2>
        <p class="muted small">Every image of the day with its verdict and review, of the chosen project, facility and line.</p>
      </div>
      <div class="analytics-filters">
        <${Field} label="Day (UTC)" type="date" value=${day} max=${today()} onInput=${pick} />
        <${ActionButton} busy=${busy} reason=${reason} onClick=${() => fetchFiles("csv")}>CSV<//>
        <${ActionButton} busy=${busy} reason=${reason} onClick=${() => fetchFiles("parquet")}>Parquet<//>
      </div>
      <div role="status">
        ${busy && html`<p class="muted small">The table is being written.</p>`}
        ${!busy && files && html`
          <p class="small">${files.length ? "Ready; the links work for five minutes:" : "There are no images on this day."}</p>
          <ul>${files.map(({ url, name, bytes }) => html`<li key=${url}><a href=${url} rel="noreferrer" download=${name}>${name}</a> <span class="muted small">${format.bytes(bytes)}</span></li>`)}</ul>
        `}
      </div>
    </section>
  `;
}

const today = () => new Date().toISOString().slice(0, 10);
const dayBefore = (day, days) => new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
const given = (where) => Object.fromEntries(Object.entries(where).filter(([, value]) => value));
