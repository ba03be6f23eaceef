/** How good a version is: its figures, its worst mistakes, and beside another version. */
import { html, useState } from "../lib/html.js";
import { call, get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { costOfTrial, counts } from "../lib/needs.js";
import { href, navigate } from "../lib/router.js";
import { change, entry } from "../lib/teaching.js";
import { useAction, useResource } from "../lib/use.js";
import { Dialog, confirm } from "../ui/dialog.js";
import { ActionButton, Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Look, Looks, nameOf } from "../ui/looks.js";
import { Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";
import { Since } from "./versions.js";

const ADDRESSES_LAST_MS = 4 * 60_000;

/** @param {{project: string, version: object, versions: object[], datasets: object, costs: object}} props */
export function Result({ project, version, versions, datasets, costs }) {
  const { ModelVersion, Status, StatusMessage, Performance, TestingImages, CreatedAt } = version;
  return html`
    <section class="card padded stack" aria-labelledby="result">
      <h2 id="result">Version ${ModelVersion}</h2>
      ${Status === "TRAINING" && html`<p role="status" class="row"><progress aria-label="Training"></progress> <span>Training since <${Since} at=${CreatedAt} />. You may close this page: its address leads back here.</span></p>`}
      ${Status === "TRAINING_FAILED" && html`<div class="banner" data-kind="warn" role="alert"><${Icon} name="anomalous" /><span>${StatusMessage}</span></div>`}
      ${Performance &&
      html`
        <dl class="figures">
          <div class="figure"><dt>F1</dt><dd>${format.percent(Performance.F1Score, 1)}</dd></div>
          <div class="figure"><dt>Precision</dt><dd>${format.percent(Performance.Precision, 1)} <small>of the alarms are defects</small></dd></div>
          <div class="figure"><dt>Recall</dt><dd>${format.percent(Performance.Recall, 1)} <small>of the defects are found</small></dd></div>
          <div class="figure"><dt>Measured on</dt><dd>${format.integer(TestingImages)} <small>pictures that it had not learned from</small></dd></div>
        </dl>
        <${Mistakes} project=${project} version=${ModelVersion} datasets=${datasets} />
        <div class="row">
          <a class="button" href=${href("trial", { project, version: ModelVersion })}><${Icon} name="trial" />Try it on other pictures</a>
          <a class="button" href=${href("models", { project, version: ModelVersion })}><${Icon} name="models" />Start it, or set its threshold</a>
        </div>
        <${Compare} project=${project} version=${ModelVersion} versions=${versions} datasets=${datasets} costs=${costs} />
      `}
    </section>
  `;
}

function Mistakes({ project, version, datasets }) {
  const evaluation = useResource((signal) => get("control", path`/sightline/projects/${project}/models/${version}/evaluation`, { signal }), [project, version], { every: ADDRESSES_LAST_MS });
  const [open, setOpen] = useState(null);
  const kind = datasets.test ? "test" : "train";
  const may = useMay("PATCH", "/2020-11-20/projects/x/datasets/x/entries");
  const [relabel, relabelling] = useAction(async (_, { SourceRef, Label }) => {
    const dataset = path`/2020-11-20/projects/${project}/datasets/${kind}`;
    await change(dataset, [entry(SourceRef, Label === "anomaly" ? "normal" : "anomaly")]);
    toast.done("The label is changed. A new version learns from that when it is trained.");
    setOpen(null);
  });
  return html`
    <div class="stack">
      <h3>Worst mistakes</h3>
      <${Resource} of=${evaluation} rows=${1} empty=${({ Mistakes: all }) => !all.length} nothing=${html`<p class="row muted"><${Icon} name="normal" />It made none.</p>`}>
        ${({ Mistakes: all }) => html`
          <ul class="gallery mistakes" aria-label="Worst mistakes">
            ${all.map(
              (one) => html`
                <li key=${one.SourceRef}>
                  <button class="mistake" onClick=${() => setOpen(one)}>
                    <${Look} project=${project} version=${version} picture=${one} heat=${0.65} quiet />
                    <span class="tile-note">${saidOf(one)}, ${format.percent(one.Confidence)} sure<span class="unseen">, ${nameOf(one.SourceRef)}</span></span>
                  </button>
                </li>
              `,
            )}
          </ul>
          ${!datasets.test && html`<p class="hint">At the test the model did not know these pictures. The heat maps are those of the finished version, which has learned from them too.</p>`}
          ${open &&
          html`<${Dialog} title=${nameOf(open.SourceRef)} onClose=${() => setOpen(null)} wide>
            <p>${open.Label === "anomaly" ? "Its label says that it is a defect; the model called it normal." : "Its label says that it is a good part; the model called it a defect."}</p>
            <${Looks} project=${project} versions=${[version]} picture=${open} said=${{}} />
            <footer>
              <${ActionButton} busy=${relabelling} reason=${may.reason} onClick=${() => relabel(open)}>The label is wrong: it is ${open.Label === "anomaly" ? "a good part" : "a defect"}<//>
            </footer>
          <//>`}
        `}
      <//>
    </div>
  `;
}

const saidOf = ({ Label }) => (Label === "anomaly" ? "Missed defect" : "False alarm");

/** Two versions on the same pictures: a trial of both. */
function Compare({ project, version, versions, datasets, costs }) {
  const others = versions.filter((one) => one.Performance && one.ModelVersion !== version).map(({ ModelVersion }) => ModelVersion);
  const kinds = ["test", "train"].filter((kind) => datasets[kind]?.ImageStats.Total);
  const may = useMay("POST", "/sightline/projects/x/trials");
  const [wanted, setWanted] = useState({});
  const other = others.includes(wanted.other) ? wanted.other : others[0];
  const kind = kinds.includes(wanted.kind) ? wanted.kind : kinds[0];
  const [compare, busy] = useAction(async (token, body) => {
    const { Trial } = await call("control", "POST", path`/sightline/projects/${project}/trials`, { body, token });
    navigate(href("trial", { project, trial: Trial.TrialName }));
  });
  if (!others.length || !kinds.length) return null;
  const ask = async () => {
    const have = counts(datasets);
    const pictures = kind === "test" ? have.test.normal + have.test.anomaly : have.train.normal + have.train.anomaly;
    const agreed = await confirm({ title: `Compare versions ${other} and ${version}?`, text: "Both look at the same pictures, whose labels say which one is right.", cost: costOfTrial(costs, pictures, 2), yes: "Compare" });
    if (agreed) compare({ ModelVersions: [other, version], DatasetType: kind });
  };
  const names = { test: "The pictures kept for testing", train: "The pictures it learned from" };
  return html`
    <div class="stack">
      <h3>Beside another version</h3>
      <div class="row fields">
        <${Field} label="Version" value=${other} options=${others} onInput=${(value) => setWanted({ ...wanted, other: value })} />
        <${Field} label="On" value=${kind} options=${kinds.map((value) => ({ value, label: names[value] }))} onInput=${(value) => setWanted({ ...wanted, kind: value })} />
        <${ActionButton} busy=${busy} reason=${may.reason} onClick=${ask}>Compare<//>
      </div>
      ${kind === "train" && html`<p class="hint">What a version has learned from, it knows: this flatters the one that has seen more of these pictures.</p>`}
    </div>
  `;
}
