/** One version: how good it is, whether it runs, what it costs, and when it calls a part a defect. */
import { html } from "../lib/html.js";
import { call, get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { href, navigate } from "../lib/router.js";
import { useAction, useResource } from "../lib/use.js";
import { confirm } from "../ui/dialog.js";
import { ActionButton } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { Failed, Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";
import { costSoFar, rounded, useServerTime } from "./cost.js";
import { useCameras, useModels } from "./data.js";
import { HostingButtons } from "./hosting.js";
import { Packages } from "./packages.js";
import { Mistakes } from "./pictures.js";
import { Schedule } from "./schedule.js";
import { MOVING, Status, canDelete, statusWords } from "./status.js";
import { Threshold } from "./threshold.js";

export function Version({ project, version }) {
  const models = useModels(project);
  const cameras = useCameras();
  const found = models.data?.projects[0];
  const model = found?.Models.find(({ ModelVersion }) => ModelVersion === version);
  const mine = cameras.data?.filter(({ Project }) => Project === project) ?? [];
  const lead = html`<a href=${href("models")}>Models</a> · <a href=${href("models", { project })}>${project}</a>`;
  const tools = model && html`
    <${HostingButtons} project=${project} model=${model} units=${models.data.units} cameras=${mine} serving=${found.Serving} onChange=${models.refresh} />
    ${model.Performance && html`<a class="button" href=${href("trial", { project, version })}><${Icon} name="trial" />Try it</a>`}
    <a class="button" href=${href("train", { project })}><${Icon} name="train" />Train again</a>
    <${DeleteVersion} project=${project} model=${model} />
  `;
  return html`
    <${Page} title=${`Version ${version}`} tab=${`${project} ${version} · Models`} lead=${lead} tools=${tools}>
      <${Resource} of=${models} rows=${5}>
        ${({ units }) => model
          ? html`<div class="stack"><${Shown} project=${project} model=${model} units=${units} cameras=${mine} known=${Boolean(cameras.data)} serving=${found.Serving} onChange=${models.refresh} /></div>`
          : html`<${Failed} error=${{ status: 404, message: `Project ${project} has no version ${version} (any more).` }} />`}
      <//>
    <//>
  `;
}

function Shown({ project, model, units, cameras, known, serving, onChange }) {
  const evaluated = model.Performance !== null;
  return html`
    <div class="split">
      <${Running} model=${model} cameras=${cameras} known=${known} serving=${serving} />
      ${evaluated && html`<${Quality} model=${model} />`}
    </div>
    ${evaluated && html`<${Evaluation} project=${project} model=${model} />`}
    ${evaluated && html`<${Schedule} project=${project} model=${model} units=${units} onChange=${onChange} />`}
    ${evaluated && html`<${Packages} project=${project} models=${[model]} />`}
  `;
}

function Running({ model, cameras, known, serving }) {
  const now = useServerTime();
  const { Status: status, StatusMessage, RunningSince, MinInferenceUnits: least, MaxInferenceUnits: most, Host } = model;
  const serves = serving === model.ModelVersion;
  return html`
    <section class="card padded stack" aria-labelledby="running">
      <h2 id="running" class="unseen">State</h2>
      <p class="row"><${Status} model=${model} />${serves && html`<span>It looks at the pictures of ${format.count(cameras.length, "camera")}.</span>`}</p>
      ${(status.endsWith("FAILED") || MOVING.has(status)) && html`<p class=${status.endsWith("FAILED") ? "field-error" : "hint"}>${StatusMessage}</p>`}
      <dl class="figures">
        <div class="figure"><dt>Cost per hour</dt><dd>${format.money(model.UsdPerHour)}</dd></div>
        ${RunningSince && html`<div class="figure"><dt>Cost so far</dt><dd>${soFarWords(model, now)}</dd></div>`}
      </dl>
      <dl class="facts">
        ${RunningSince && html`<dt>Runs since</dt><dd>${format.dateTime(RunningSince)} (${format.ago(RunningSince, now)})</dd>`}
        ${RunningSince && html`<dt>Inference units</dt><dd>${unitWords(least, most)}</dd>`}
        ${known && html`<dt>Cameras</dt><dd><${CameraLinks} cameras=${cameras} /></dd>`}
        <dt>Runs on</dt><dd>${Host.Kind === "sagemaker" ? `a SageMaker endpoint, ${Host.InstanceType}` : "functions"}</dd>
      </dl>
    </section>
  `;
}

function CameraLinks({ cameras }) {
  if (!cameras.length) return "none sends to this project";
  return html`${cameras.map(({ CameraId, Name }, index) => html`${index > 0 && ", "}<a key=${CameraId} href=${href("cameras", { camera: CameraId })}>${Name || CameraId}</a>`)}`;
}

function soFarWords(model, now) {
  const usd = costSoFar(model, now);
  return usd === null ? "–" : format.money(rounded(usd));
}

function unitWords(least, most) {
  const ready = least ? `${format.integer(least)} kept ready` : "on demand";
  return most === null ? ready : `${ready}, at most ${format.integer(most)}`;
}

function Quality({ model: { Performance, EvaluatedAt, CreatedAt, TrainingImages, TestingImages, Labels, Description } }) {
  return html`
    <section class="card padded stack" aria-labelledby="quality">
      <h2 id="quality">How good it is</h2>
      <dl class="figures">
        <div class="figure"><dt>Precision</dt><dd>${format.percent(Performance.Precision, 1)}</dd></div>
        <div class="figure"><dt>Recall</dt><dd>${format.percent(Performance.Recall, 1)}</dd></div>
        <div class="figure"><dt>F1</dt><dd>${format.percent(Performance.F1Score, 1)}</dd></div>
      </dl>
      <p class="hint">Of the parts that it calls defects, ${format.percent(Performance.Precision)} are; of the defects, it finds ${format.percent(Performance.Recall)}. Measured on pictures that it had not learned from.</p>
      <dl class="facts">
        <dt>Trained</dt><dd>${format.dateTime(EvaluatedAt)}, in ${format.duration((Date.parse(EvaluatedAt) - Date.parse(CreatedAt)) / 1000)}</dd>
        ${TrainingImages !== null && html`<dt>Learned from</dt><dd>${format.count(TrainingImages, "picture")}</dd>`}
        ${TestingImages !== null && html`<dt>Tested on</dt><dd>${format.count(TestingImages, "picture")}</dd>`}
        ${Labels.length > 0 && html`<dt>Kinds of defects</dt><dd>${Labels.join(", ")}</dd>`}
        ${Description && html`<dt>Description</dt><dd>${Description}</dd>`}
      </dl>
    </section>
  `;
}

function Evaluation({ project, model }) {
  const version = model.ModelVersion;
  const evaluation = useResource((signal) => get("control", path`/sightline/projects/${project}/models/${version}/evaluation`, { signal }), [project, version, model.Threshold]);
  return html`
    <${Resource} of=${evaluation} rows=${4}>
      ${(found) => html`
        <${Threshold} project=${project} model=${model} evaluation=${found} onChange=${evaluation.refresh} />
        <${Mistakes} project=${project} version=${version} mistakes=${found.Mistakes} />
      `}
    <//>
  `;
}

function DeleteVersion({ project, model }) {
  const version = model.ModelVersion;
  const may = useMay("DELETE", path`/2020-11-20/projects/${project}/models/${version}`);
  const reason = may.reason || (canDelete(model) ? "" : `It is ${statusWords(model.Status).toLowerCase()}${model.Status === "HOSTED" ? ": stop it first" : ""}.`);
  const [remove, busy] = useAction(async (token) => {
    await call("control", "DELETE", path`/2020-11-20/projects/${project}/models/${version}`, { token });
    toast.done(`Version ${version} of ${project} is being deleted.`);
    navigate(href("models", { project }));
  });
  const ask = async () =>
    (await confirm({
      title: `Delete version ${version} of ${project}?`,
      text: "Its files, evaluation, trials, packaging jobs and shift calendar are deleted with it. Its datasets stay.",
      yes: "Delete",
      danger: true,
    })) && remove();
  return html`<${ActionButton} busy=${busy} reason=${reason} onClick=${ask}>Delete<//>`;
}
