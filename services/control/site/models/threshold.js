/** The threshold: what another one would have done to the evaluation set, and setting it. */
import { html, useEffect, useMemo, useState } from "../lib/html.js";
import { call, get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { useQuery } from "../lib/router.js";
import { useAction, useResource } from "../lib/use.js";
import { confirm } from "../ui/dialog.js";
import { ActionButton } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";
import { histogram, judge, scale } from "./judge.js";
import { Tiles } from "./pictures.js";
import { MOVING, statusWords } from "./status.js";

const SETTLE_MS = 250;
const SHOWN_MAX = 24;
const BINS = 48;
const DIGITS = 4;

export function Threshold({ project, model, evaluation, onChange }) {
  const { Images: images, Threshold: current, TrainedThreshold: trained } = evaluation;
  const [draft, setDraft] = useDraftOf(current);
  const range = useMemo(() => scale(images, current, trained), [images, current, trained]);
  const now = useMemo(() => judge(images, current), [images, current]);
  const then = useMemo(() => judge(images, draft), [images, draft]);
  const moved = draft !== current;
  const id = path`/sightline/projects/${project}/models/${model.ModelVersion}`;
  const may = useMay("PUT", `${id}/threshold`);
  const [put, busy] = useAction(async (_, value) => {
    const said = await call("control", "PUT", `${id}/threshold`, { body: { Threshold: value } });
    setDraft(said.Threshold);
    toast.done(`Version ${model.ModelVersion} of ${project} calls a part a defect from ${written(said.Threshold)} on.`);
    onChange();
  });
  const busyNow = MOVING.has(model.Status) ? `It is ${statusWords(model.Status).toLowerCase()}; wait until that is done.` : "";
  const save = async (value) =>
    (await confirm({ title: "Decide by this threshold from now on?", text: consequence(model, now, judge(images, value ?? trained)), yes: "Save it" })) && put(value);
  return html`
    <section class="card padded stack threshold" aria-labelledby="threshold">
      <div>
        <h2 id="threshold">When it calls a part a defect</h2>
        <p class="hint">From the threshold on, a score is a defect. Move it to see what it would have made of ${format.count(images.length, "picture")} that it had not learned from.</p>
      </div>
      <${Scores} images=${images} range=${range} current=${current} draft=${draft} onInput=${setDraft} then=${then} />
      <div class="threshold-result">
        <${Confusion} now=${now} then=${then} />
        <dl class="figures">
          <${Metric} label="Precision" now=${now.precision} then=${then.precision} />
          <${Metric} label="Recall" now=${now.recall} then=${then.recall} />
          <${Metric} label="F1" now=${now.f1} then=${then.f1} />
        </dl>
      </div>
      <footer class="row">
        <${ActionButton} class="primary" busy=${busy} reason=${may.reason || busyNow || (moved ? "" : "It is the threshold in use.")} onClick=${() => save(draft)}>Save the threshold …<//>
        <button onClick=${() => setDraft(current)} disabled=${!moved}><${Icon} name="undo" />Back to the one in use</button>
        ${current !== trained && html`<${ActionButton} busy=${busy} reason=${may.reason || busyNow} onClick=${() => save(null)}>As trained (${written(trained)}) …<//>`}
        <span class="muted small">${history(evaluation)}</span>
      </footer>
      <${Changed} project=${project} version=${model.ModelVersion} id=${id} images=${images} current=${current} draft=${draft} />
    </section>
  `;
}

/**
 * The threshold that is tried out: the one in use, whoever changes that, until a person moves it.
 * It stands in the address, so that it can be sent to somebody; not at every movement.
 */
function useDraftOf(current) {
  const [query, change] = useQuery();
  const given = Number.parseFloat(query.threshold);
  const [own, setOwn] = useState(Number.isFinite(given) ? given : null);
  useEffect(() => {
    if (own === current) setOwn(null);
  }, [own, current]);
  useEffect(() => {
    const threshold = own === null ? "" : String(own);
    const timer = setTimeout(() => threshold !== (query.threshold ?? "") && change({ threshold }), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [own]);
  return [own ?? current, setOwn];
}

function Scores({ images, range: { low, high, step }, current, draft, onInput, then }) {
  const bins = useMemo(() => histogram(images, { low, high }, BINS), [images, low, high]);
  const most = Math.max(1, ...bins.flatMap(({ normal, anomaly }) => [normal, anomaly]));
  const at = (score) => ((score - low) / (high - low)) * BINS;
  const said = `${written(draft)}: ${then.found} of ${format.count(then.found + then.missed, "defect")} found, ${format.count(then.alarms, "false alarm")}`;
  return html`
    <div class="scores">
      <svg viewBox=${`0 ${-most} ${BINS} ${2 * most}`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="scores-defect" x=${at(draft)} y=${-most} width=${Math.max(0, BINS - at(draft))} height=${2 * most} />
        ${bins.map(
          ({ normal, anomaly }, index) => html`
            ${normal > 0 && html`<rect class="scores-normal" x=${index + 0.08} y=${-normal} width="0.84" height=${normal} />`}
            ${anomaly > 0 && html`<rect class="scores-anomaly" x=${index + 0.08} y="0" width="0.84" height=${anomaly} />`}
          `,
        )}
        <line class="scores-axis" x1="0" x2=${BINS} y1="0" y2="0" />
        <line class="scores-current" x1=${at(current)} x2=${at(current)} y1=${-most} y2=${most} />
        <line class="scores-draft" x1=${at(draft)} x2=${at(draft)} y1=${-most} y2=${most} />
      </svg>
      <input type="range" min=${low} max=${high} step=${step} value=${draft} aria-label="Threshold" aria-valuetext=${said} onInput=${(event) => onInput(event.currentTarget.valueAsNumber)} />
      <p class="scores-ends small muted"><span>Fewer missed, more false alarms</span><output>${written(draft)}</output><span>Fewer false alarms, more missed</span></p>
      <p class="scores-key small muted">
        <span><i class="scores-normal"></i>Good parts, above the line</span><span><i class="scores-anomaly"></i>Defects, below it</span><span><i class="scores-current"></i>In use: ${written(current)}</span>
      </p>
    </div>
  `;
}

const CELLS = [
  ["A defect", "found", "missed"],
  ["A good part", "alarms", "passed"],
];

function Confusion({ now, then }) {
  const names = { found: "Found", missed: "Missed", alarms: "False alarms", passed: "Passed" };
  return html`
    <table class="confusion">
      <caption class="unseen">What it says of parts, at the threshold chosen here and compared with the one in use</caption>
      <thead><tr><th scope="col">The part is</th><th scope="col">It says defect</th><th scope="col">It says normal</th></tr></thead>
      <tbody>
        ${CELLS.map(
          ([kind, ...cells]) => html`
            <tr key=${kind}>
              <th scope="row">${kind}</th>
              ${cells.map(
                (cell) => html`
                  <td key=${cell} data-right=${cell === "found" || cell === "passed"}>
                    <span class="confusion-count" data-cell=${cell}>${format.integer(then[cell])}</span>
                    <span class="small muted">${names[cell]}<${Difference} value=${then[cell] - now[cell]} write=${format.integer} /></span>
                  </td>
                `,
              )}
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

function Metric({ label, now, then }) {
  const points = (value) => `${format.decimal(value * 100, 1)} points`;
  return html`
    <div class="figure">
      <dt>${label}</dt>
      <dd>${format.percent(then, 1)}<small><${Difference} value=${now === null || then === null ? 0 : then - now} write=${points} /></small></dd>
    </div>
  `;
}

/** "(+2)", "(−3.1 points)", nothing where nothing changes. */
function Difference({ value, write }) {
  if (!value) return null;
  return html` <span class="difference">(${value > 0 ? "+" : "−"}${write(Math.abs(value))})</span>`;
}

/** The pictures that the other threshold calls otherwise. */
function Changed({ project, version, id, images, current, draft }) {
  const [low, high] = [Math.min(current, draft), Math.max(current, draft)];
  const count = images.filter(({ Score }) => Score >= low && Score < high).length;
  const [asked, setAsked] = useState({ low, high });
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ low, high }), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [low, high]);
  const pictures = useResource(
    async (signal) => (count ? (await get("control", `${id}/evaluation/pictures`, { query: { ...asked, limit: SHOWN_MAX }, signal })).Images : []),
    [id, asked.low, asked.high],
  );
  const verdict = draft > current ? "normal" : "defect";
  const words = count ? `${format.count(count, "picture")} would be called ${verdict} instead` : "No picture would change sides.";
  return html`
    <div class=${low === high ? "unseen" : "stack"}>
      ${low !== high && html`<h3>${words}</h3>`}
      <p class="unseen" role="status">${low === high ? "" : words}</p>
      ${count > 0 &&
      html`<${Resource} of=${pictures} rows=${1}>
        ${(found) => html`
          <${Tiles} project=${project} version=${version} pictures=${found} words=${({ Label }) => changedWords(Label, verdict)} right=${({ Label }) => (Label === "anomaly") === (verdict === "defect")} />
          ${count > found.length && found.length === SHOWN_MAX && html`<p class="muted small">Shown are those nearest to the threshold in use.</p>`}
        `}
      <//>`}
    </div>
  `;
}

function changedWords(label, verdict) {
  if (label === "anomaly") return verdict === "defect" ? "Defect, would be found" : "Defect, would be missed";
  return verdict === "defect" ? "Good, would be a false alarm" : "Good, would pass";
}

function consequence(model, now, then) {
  const parts = [`On the evaluation set it would find ${then.found} of ${then.found + then.missed} defects (now ${now.found}), with ${format.count(then.alarms, "false alarm")} (now ${now.alarms}).`];
  if (model.Status === "HOSTED") parts.push("It runs: the next picture is judged by it.");
  return parts.join(" ");
}

function history({ ChangedBy, ChangedAt, Threshold: current, TrainedThreshold: trained }) {
  if (!ChangedAt) return "In use is the threshold that training found.";
  return `${current === trained ? "Set back to the trained one" : "Set"} by ${ChangedBy}, ${format.dateTime(ChangedAt)}.`;
}

const written = (score) => format.decimal(score, DIGITS - Math.min(DIGITS, Math.max(0, Math.ceil(Math.log10(Math.abs(score) || 1)))));
