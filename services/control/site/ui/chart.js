/** A chart: its title, what it shows, the picture, and its rows as a table. */
import { html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { config } from "../lib/config.js";
import { store, useStore } from "../lib/store.js";
import { draw, hasContent } from "../lib/chart.js";
import * as format from "../lib/format.js";

/** How often a person asked for charts that could not be drawn; they are tried again together. */
const tries = store(0);

/** @param {{spec: object, run: object}} props `run` has ended; where it failed, that is said */
export function Chart({ spec, run }) {
  const id = useId();
  const failed = run.state === "failed";
  return html`
    <section class="card padded chart" aria-labelledby=${id}>
      <h2 id=${id}>${spec.title}</h2>
      <p class="muted small">${spec.description}</p>
      ${failed && html`<p class="field-error" role="alert">This could not be counted: ${run.error.message}</p>`}
      ${!failed && !hasContent(spec, run.rows) && html`<p>Nothing of this kind in this time.</p>`}
      ${!failed && hasContent(spec, run.rows) && html`<${Picture} spec=${spec} rows=${run.rows} /><${Rows} title=${spec.title} run=${run} />`}
    </section>
  `;
}

function Picture({ spec, rows }) {
  const place = useRef(null);
  const scheme = useScheme();
  const picture = useRef(null);
  const latest = useRef(rows);
  latest.current = rows;
  const tried = useStore(tries);
  const [failed, setFailed] = useState(null);
  const error = failed?.tried === tried ? failed.error : null;
  useEffect(() => {
    if (error) return undefined;
    let wanted = true;
    draw(place.current, spec, rows, scheme)
      .then((drawn) => {
        if (!wanted) return drawn.remove();
        picture.current = drawn;
        return latest.current === rows ? undefined : drawn.show(latest.current);
      })
      .catch((failure) => wanted && setFailed({ error: failure, tried }));
    return () => {
      wanted = false;
      picture.current?.remove();
      picture.current = null;
    };
  }, [spec, scheme, error]);
  useEffect(() => picture.current?.show(rows), [rows]);
  if (error) {
    return html`<div class="row" role="alert"><p class="field-error">${error.message}</p> <button class="small" onClick=${() => tries.set(tried + 1)}>Try again</button></div>`;
  }
  return html`
    <div class="chart-frame" role="img" aria-label=${`${spec.title}. ${spec.description}`}>
      <div class="chart-picture" ref=${place}></div>
      <div class="chart-tooltip" aria-hidden="true" hidden></div>
    </div>
  `;
}

function Rows({ title, run: { columns, rows } }) {
  const [open, setOpen] = useState(false);
  return html`
    <details onToggle=${(event) => setOpen(event.currentTarget.open)}>
      <summary>Rows as a table<span class="unseen"> of ${title}</span></summary>
      ${open &&
      html`<div class="table-scroll" role="region" aria-label=${`Rows of ${title}`} tabindex="0">
        <table>
          <thead><tr>${columns.map((column) => html`<th key=${column.name} scope="col" class=${isNumber(column) ? "number" : ""}>${column.title || column.name}</th>`)}</tr></thead>
          <tbody>
            ${rows.map((row, index) => html`<tr key=${index}>${columns.map((column) => html`<td key=${column.name} class=${isNumber(column) ? "number" : ""}>${cell(row[column.name], column)}</td>`)}</tr>`)}
          </tbody>
        </table>
      </div>`}
    </details>
  `;
}

const isNumber = ({ type }) => type === "integer" || type === "number";

function cell(value, { unit, type }) {
  if (type === "time" && value) return format.dateTime(value, config.timeZone);
  if (value === null || typeof value === "string") return value || "–";
  if (unit === "share") return format.percent(value, 2);
  return Number.isInteger(value) ? format.integer(value) : format.decimal(value);
}

/** "light" or "dark", as the page is now. */
function useScheme() {
  const [scheme, setScheme] = useState(schemeNow);
  useEffect(() => {
    const look = () => setScheme(schemeNow());
    const observer = new MutationObserver(look);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", look);
    return () => {
      observer.disconnect();
      system.removeEventListener("change", look);
    };
  }, []);
  return scheme;
}

const schemeNow = () =>
  document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
