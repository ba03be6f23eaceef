/** Starting and stopping versions: with what it costs, once, and with what it changes for cameras. */
import { html, useState } from "../lib/html.js";
import { call, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { useAction, useDraft } from "../lib/use.js";
import { Dialog, confirm } from "../ui/dialog.js";
import { ActionButton, Choice, Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { costWords } from "./cost.js";
import { canStart, canStop, statusWords } from "./status.js";

const KINDS = [
  { value: "ready", label: "Kept ready" },
  { value: "demand", label: "On demand" },
];

/** Start or stop, whichever is possible; both after a start that failed. */
export function HostingButtons({ project, model, units, cameras, serving, small, onChange }) {
  const [starting, setStarting] = useState(false);
  const version = model.ModelVersion;
  const name = html`<span class="unseen"> version ${version} of ${project}</span>`;
  const mayStart = useMay("POST", path`/2020-11-20/projects/${project}/models/${version}/start`);
  const [stop, stopping] = useAction(async (token) => {
    await call("control", "POST", path`/2020-11-20/projects/${project}/models/${version}/stop`, { body: {}, token });
    onChange();
  });
  const askStop = async () =>
    (await confirm({ title: `Stop version ${version} of ${project}?`, text: stopWords(serving === version, cameras.length), yes: "Stop", danger: true })) && stop();
  const size = small ? "small" : "";
  const idle = !canStart(model) && !canStop(model);
  return html`
    ${canStop(model) && html`<${ActionButton} class=${size} busy=${stopping} reason=${mayStart.reason} onClick=${askStop}>Stop${name}<//>`}
    ${canStart(model) &&
    html`<${ActionButton} class=${`${size} primary`} reason=${mayStart.reason} onClick=${() => setStarting(true)}>Start …${name}<//>`}
    ${idle && !small && html`<${ActionButton} reason=${`It is ${statusWords(model.Status).toLowerCase()}.`}>Start …${name}<//>`}
    ${starting &&
    html`<${Start} project=${project} model=${model} units=${units} cameras=${cameras} serving=${serving} onClose=${() => setStarting(false)} onDone=${onChange} />`}
  `;
}

function stopWords(serves, cameras) {
  if (!serves || !cameras) return "Its instances are given back, and it costs nothing more.";
  return `Its instances are given back, and it costs nothing more. The pictures of ${format.count(cameras, "camera")} are then recorded as not inspected, until a version is started.`;
}

function Start({ project, model, units, cameras, serving, onClose, onDone }) {
  const version = model.ModelVersion;
  const endpoint = model.Host.Kind === "sagemaker";
  const [draft, setDraft, forget] = useDraft(`start.${project}.${version}`, { kind: "ready", least: "1", most: "" });
  const demand = draft.kind === "demand" && !endpoint;
  const least = demand ? 0 : wholeNumber(draft.least);
  const most = draft.most === "" ? null : wholeNumber(draft.most);
  const wrong = {
    least: demand || (least >= 1 && least <= units.Max) ? "" : `A whole number from 1 to ${units.Max}.`,
    most: most === null || (most >= Math.max(1, least) && most <= 1000) ? "" : "A whole number, not below the one before.",
  };
  const [start, busy] = useAction(async (token) => {
    const where = path`/projects/${project}/models/${version}/`;
    const ceiling = most === null ? {} : { MaxInferenceUnits: most };
    if (demand) await call("control", "POST", `/sightline${where}start-on-demand`, { body: ceiling, token });
    else await call("control", "POST", `/2020-11-20${where}start`, { body: { MinInferenceUnits: least, ...ceiling }, token });
    forget();
    onClose();
    onDone();
  });
  const submit = (event) => {
    event.preventDefault();
    if (!wrong.least && !wrong.most) start();
  };
  return html`
    <${Dialog} title=${`Start version ${version} of ${project}`} onClose=${onClose}>
      <form class="form" onSubmit=${submit} noValidate>
        ${endpoint
          ? html`<p>It runs at a SageMaker endpoint on ${model.Host.InstanceType}.</p>`
          : html`<div><${Choice} label="How it is to run" choices=${KINDS} value=${draft.kind} onChange=${(kind) => setDraft({ ...draft, kind })} /></div>`}
        ${!demand &&
        html`<${Field} label="Inference units kept ready" type="number" inputmode="numeric" min="1" max=${units.Max} step="1" required value=${draft.least} error=${wrong.least}
          hint="Each looks at one picture at a time." onInput=${(value) => setDraft({ ...draft, least: value })} />`}
        <${Field} label="At most" type="number" inputmode="numeric" min="1" step="1" value=${draft.most} error=${wrong.most}
          hint="More are added while many pictures come at once; empty: as many as are needed." onInput=${(value) => setDraft({ ...draft, most: value })} />
        ${cameras.length > 0 && html`<p class="hint">${servesWords(version, serving, cameras.length)}</p>`}
        <p class="cost" aria-live="polite">${startCost({ endpoint, demand, least: wrong.least ? 1 : least, units })}</p>
        <footer>
          <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
          <${ActionButton} class="primary" busy=${busy}><${Icon} name="next" />Start<//>
        </footer>
      </form>
    <//>
  `;
}

function startCost({ endpoint, demand, least, units }) {
  if (endpoint) return "AWS bills the endpoint's instance by the hour, and the model package's seller his fee, until it is stopped.";
  if (demand) return "Costs nothing while no picture comes, and what is done for each picture. The first one after a pause takes seconds longer.";
  return costWords(least, units);
}

function servesWords(version, serving, cameras) {
  const whose = `the pictures of ${format.count(cameras, "camera")}`;
  if (serving && serving !== version) return `From then on ${whose} go to it instead of to version ${serving}, which stays up until it is stopped.`;
  return `From then on ${whose} go to it.`;
}

const wholeNumber = (text) => (/^\d+$/.test(text) ? Number(text) : Number.NaN);
