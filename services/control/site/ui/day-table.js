/** The table of one day, written to files to take along. */
import { html, useState } from "../lib/html.js";
import { config } from "../lib/config.js";
import { today } from "../lib/days.js";
import * as format from "../lib/format.js";
import { dayFiles } from "../lib/runs.js";
import { useAction } from "../lib/use.js";
import { ActionButton, Field } from "./form.js";

/** @param {{last: string, where: object}} props `last` is the day that is offered first */
export function DayTable({ last, where }) {
  const [day, setDay] = useState(last);
  const [files, setFiles] = useState(null);
  const [write, busy] = useAction(async (_, kind) => {
    setFiles(null);
    setFiles(await dayFiles(day, { ...where, zone: config.timeZone, format: kind }));
  });
  const pick = (value) => {
    setDay(value);
    setFiles(null);
  };
  const reason = day ? "" : "Choose a day first.";
  return html`
    <section class="card padded stack" aria-labelledby="day-table">
      <div>
        <h2 id="day-table">One day's table</h2>
        <p class="muted small">Every image of the day with its verdict and review, of the chosen project, facility and line.</p>
      </div>
      <div class="analytics-filters">
        <${Field} label="Day" type="date" value=${day} max=${today(config.timeZone)} onInput=${pick} />
        <${ActionButton} busy=${busy} reason=${reason} onClick=${() => write("csv")}>CSV<//>
        <${ActionButton} busy=${busy} reason=${reason} onClick=${() => write("parquet")}>Parquet<//>
      </div>
      <div role="status">
        ${busy && html`<p class="muted small">The table is being written.</p>`}
        ${!busy && files && html`<${Files} files=${files} />`}
      </div>
    </section>
  `;
}

const Files = ({ files }) => html`
  <p class="small">${files.length ? "Ready; the links work for five minutes:" : "There are no images on this day."}</p>
  <ul>
    ${files.map(
      ({ url, name, bytes }) => html`<li key=${url}><a href=${url} rel="noreferrer" download=${name}>${name}</a> <span class="muted small">${format.bytes(bytes)}</span></li>`,
    )}
  </ul>
`;
