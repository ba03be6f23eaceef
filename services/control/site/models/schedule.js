/** The shift calendar of a version: when it starts and stops by itself. */
import { html, useState } from "../lib/html.js";
import { call, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { useAction, useDraft } from "../lib/use.js";
import { Dialog, confirm } from "../ui/dialog.js";
import { ActionButton, Check, Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { toast } from "../ui/toast.js";
import { DAYS, DAY_NAMES, hoursAWeek, problem, shiftWords, spans } from "./week.js";

const SHIFTS_MAX = 21;
const DAY_MINUTES = 24 * 60;
const EARLY = { Days: DAYS.slice(0, 5), Start: "06:00", End: "14:00" };
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function Schedule({ project, model, units, onChange }) {
  const [editing, setEditing] = useState(false);
  const { Schedule: calendar, ModelVersion: version } = model;
  const address = path`/sightline/projects/${project}/models/${version}/schedule`;
  const may = useMay("PUT", address);
  const [remove, removing] = useAction(async () => {
    await call("control", "DELETE", address);
    toast.done("The shift calendar is removed. The version stays as it is.");
    onChange();
  });
  const askRemove = async () =>
    (await confirm({ title: "Remove the shift calendar?", text: "The version then runs, or does not, as people start and stop it. It stays as it is now.", yes: "Remove", danger: true })) && remove();
  return html`
    <section class="card padded stack" aria-labelledby="schedule">
      <div>
        <h2 id="schedule">Shift calendar</h2>
        <p class="hint">${calendar ? "It starts and stops by itself where shifts begin and end; in between people may do so as they like." : "None: it runs when people start it, until they stop it."}</p>
      </div>
      ${calendar && html`<${Week} calendar=${calendar} />`}
      ${calendar &&
      html`<dl class="facts">
        <dt>Shifts</dt><dd>${calendar.Shifts.map((shift, index) => html`<span class="below" key=${index}>${shiftWords(shift)}</span>`)}</dd>
        <dt>Time zone</dt><dd>${calendar.Timezone}</dd>
        <dt>Runs</dt><dd>${runsWords(calendar)}</dd>
        <dt>Costs</dt><dd>${costsWords(calendar, units)}</dd>
      </dl>`}
      <div class="row">
        <${ActionButton} reason=${may.reason} onClick=${() => setEditing(true)}>${calendar ? "Change it …" : html`<${Icon} name="add" />Set shifts …`}<//>
        ${calendar && html`<${ActionButton} busy=${removing} reason=${may.reason} onClick=${askRemove}>Remove<//>`}
      </div>
      ${editing && html`<${Editor} project=${project} model=${model} address=${address} units=${units} onClose=${() => setEditing(false)} onDone=${onChange} />`}
    </section>
  `;
}

const runsWords = ({ Shifts, MinInferenceUnits: count }) =>
  `${format.decimal(hoursAWeek(Shifts), 1)} hours a week, ${count ? `with ${format.count(count, "inference unit")} kept ready` : "on demand"}`;

function costsWords({ Shifts, MinInferenceUnits: count }, { UsdPerHour, PricesOf }) {
  if (!count) return "nothing while no picture comes, and what is done for each picture";
  const weekly = hoursAWeek(Shifts) * count * UsdPerHour;
  return `about ${format.money(count * UsdPerHour)} per hour, ${format.money(Math.round(weekly * 100) / 100)} a week, whether pictures come or not (list prices of ${PricesOf})`;
}

/** The week as seven bars; the same is said in words below. */
function Week({ calendar: { Shifts } }) {
  const found = spans(Shifts);
  return html`
    <div class="week" aria-hidden="true">
      ${DAY_NAMES.map(
        (name, day) => html`
          <span class="week-day" key=${name}>${name}</span>
          <span class="week-bar">
            ${found
              .filter((span) => span.day === day)
              .map(({ from, to }) => html`<i key=${from} style=${{ left: `${(from / DAY_MINUTES) * 100}%`, width: `${((to - from) / DAY_MINUTES) * 100}%` }}></i>`)}
          </span>
        `,
      )}
      <span></span><span class="week-hours small muted"><span>0</span><span>6</span><span>12</span><span>18</span><span>24</span></span>
    </div>
  `;
}

function Editor({ project, model, address, units, onClose, onDone }) {
  const version = model.ModelVersion;
  const initial = model.Schedule ?? { Timezone: HERE, MinInferenceUnits: 1, Shifts: [EARLY] };
  const [draft, setDraft, forget] = useDraft(`schedule.${project}.${version}`, initial);
  const { Timezone, MinInferenceUnits: count, Shifts: shifts } = draft;
  const wrong = shifts.some(problem) || !Number.isInteger(count) || count < 0 || count > units.Max;
  const [save, busy] = useAction(async () => {
    await call("control", "PUT", address, { body: draft });
    forget();
    toast.done(`Version ${version} of ${project} runs by its shift calendar.`);
    onClose();
    onDone();
  });
  const change = (index, changes) => setDraft({ ...draft, Shifts: shifts.map((shift, at) => (at === index ? { ...shift, ...changes } : shift)) });
  const cancel = () => (forget(), onClose());
  const submit = (event) => (event.preventDefault(), wrong || save());
  return html`
    <${Dialog} title=${`Shifts of version ${version} of ${project}`} onClose=${cancel} wide>
      <form class="form" onSubmit=${submit} noValidate>
        ${shifts.map(
          (shift, index) => html`<${Shift} key=${index} number=${index + 1} shift=${shift} onChange=${(changes) => change(index, changes)}
            onRemove=${shifts.length > 1 ? () => setDraft({ ...draft, Shifts: shifts.filter((_, at) => at !== index) }) : null} />`,
        )}
        <p><button type="button" class="small" disabled=${shifts.length >= SHIFTS_MAX} onClick=${() => setDraft({ ...draft, Shifts: [...shifts, { Days: [], Start: "14:00", End: "22:00" }] })}><${Icon} name="add" />Another shift</button></p>
        <div class="split">
          <${Field} label="Time zone" value=${Timezone} options=${zones(Timezone)} onInput=${(zone) => setDraft({ ...draft, Timezone: zone })} />
          <${Field} label="Inference units kept ready" type="number" inputmode="numeric" min="0" max=${units.Max} step="1" value=${Number.isNaN(count) ? "" : count}
            error=${count >= 0 && count <= units.Max ? "" : `A whole number from 0 to ${units.Max}.`} hint="0 is on demand: the first picture of a shift takes seconds longer."
            onInput=${(value) => setDraft({ ...draft, MinInferenceUnits: value === "" ? null : Number(value) })} />
        </div>
        ${!wrong && html`<p class="cost" aria-live="polite">Runs ${runsWords(draft)}. Costs ${costsWords(draft, units)}.</p>`}
        <footer>
          <button type="button" class="quiet" onClick=${cancel}>Cancel</button>
          <${ActionButton} class="primary" busy=${busy} reason=${wrong ? "Something in it is missing or wrong." : ""}>Save<//>
        </footer>
      </form>
    <//>
  `;
}

function Shift({ number, shift, onChange, onRemove }) {
  const { Days, Start, End } = shift;
  const toggle = (day, on) => onChange({ Days: DAYS.filter((one) => (one === day ? on : Days.includes(one))) });
  return html`
    <fieldset class="shift">
      <legend>Shift ${number}</legend>
      <div class="shift-days">${DAYS.map((day, index) => html`<${Check} key=${day} label=${DAY_NAMES[index]} checked=${Days.includes(day)} onInput=${(on) => toggle(day, on)} />`)}</div>
      <div class="shift-times">
        <${Field} label="From" type="time" value=${Start} onInput=${(value) => onChange({ Start: value })} />
        <${Field} label="To" type="time" value=${End} hint=${End && End < Start ? "on the next day" : undefined} onInput=${(value) => onChange({ End: value })} />
        ${onRemove && html`<button type="button" class="small" onClick=${onRemove}>Remove<span class="unseen"> shift ${number}</span></button>`}
      </div>
      ${problem(shift) && html`<p class="field-error" role="status">${problem(shift)}</p>`}
    </fieldset>
  `;
}

const zones = (chosen) => [...new Set([chosen, HERE, "UTC", ...(Intl.supportedValuesOf?.("timeZone") ?? [])])].sort();
