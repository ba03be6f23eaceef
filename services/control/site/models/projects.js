/** Projects with their versions. */
import { html } from "../lib/html.js";
import { call, get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { href, navigate } from "../lib/router.js";
import { useAction } from "../lib/use.js";
import { confirm } from "../ui/dialog.js";
import { ActionButton } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { NewProject } from "../ui/project.js";
import { Empty, Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";
import { Cost } from "./cost.js";
import { useCameras, useModels } from "./data.js";
import { HostingButtons } from "./hosting.js";
import { Packages } from "./packages.js";
import { Status } from "./status.js";

const LEAD = "Each project has versions of one model. The version that was started last looks at the pictures of the project's cameras.";
const PAUSE_MS = 500;

/** All projects, or the one that is named. */
export function Projects({ project }) {
  const models = useModels(project);
  const cameras = useCameras();
  const tools = project
    ? html`<a class="button primary" href=${href("train", { project })}><${Icon} name="train" />Train a version</a>`
    : html`<${NewProject} primary onMade=${(name) => navigate(href("models", { project: name }))} />`;
  const nothing = html`<${Empty} icon="models" title="No projects yet">A project learns from pictures what a good part looks like. Begin with a new one, then train it.<//>`;
  return html`
    <${Page} title=${project || "Models"} tab=${project ? `${project} · Models` : undefined} lead=${project ? html`<a href=${href("models")}>Models</a> · Project` : LEAD} tools=${tools}>
      <${Resource} of=${models} rows=${4} empty=${({ projects }) => !projects.length} nothing=${nothing}>
        ${({ projects, units }) => html`
          ${!project && html`<${Sums} projects=${projects} />`}
          <div class="stack">
            ${projects.map(
              (one) => html`<${Project} key=${one.ProjectName} project=${one} units=${units} cameras=${cameras.data} alone=${Boolean(project)} onChange=${models.refresh} />`,
            )}
          </div>
        `}
      <//>
    <//>
  `;
}

function Sums({ projects }) {
  const versions = projects.flatMap(({ Models }) => Models);
  const running = versions.filter(({ RunningSince }) => RunningSince);
  return html`
    <dl class="card padded figures models-sums">
      <div class="figure"><dt>Projects</dt><dd>${format.integer(projects.length)}</dd></div>
      <div class="figure"><dt>Running versions</dt><dd>${format.integer(running.length)} <small>of ${format.integer(versions.length)}</small></dd></div>
      <div class="figure"><dt>Cost of what runs</dt><dd class="figure-words"><${Cost} models=${running} /></dd></div>
    </dl>
  `;
}

function Project({ project: { ProjectName: name, CreatedAt, Datasets, Serving, Models }, units, cameras, alone, onChange }) {
  const mine = cameras?.filter(({ Project: of }) => of === name) ?? [];
  const facts = [
    cameras && format.count(mine.length, "camera"),
    Serving ? `version ${Serving} looks at their pictures` : mine.length ? "no version looks at their pictures" : "",
  ].filter(Boolean);
  return html`
    <section class="card" aria-labelledby=${`project-${name}`}>
      <header>
        <div>
          <h2 id=${`project-${name}`}>${alone ? "Versions" : html`<a href=${href("models", { project: name })}>${name}</a>`}</h2>
          <p class="muted small">${facts.join(" · ")}</p>
        </div>
        <div class="row">
          ${!alone && html`<a class="button small" href=${href("train", { project: name })}><${Icon} name="train" />Train<span class="unseen"> ${name}</span></a>`}
          ${alone && html`<${DeleteProject} name=${name} datasets=${Datasets} versions=${Models.length} cameras=${mine.length} />`}
        </div>
      </header>
      ${Models.length
        ? html`<${Versions} project=${name} models=${Models} units=${units} cameras=${mine} serving=${Serving} onChange=${onChange} />`
        : html`<p class="muted padded-text">No version yet. <a href=${href("train", { project: name })}>Train the first one.</a></p>`}
    </section>
    ${alone && html`<${Cameras} cameras=${mine} known=${Boolean(cameras)} />`}
    ${alone && Models.length > 0 && html`<${Packages} project=${name} models=${Models} />`}
    ${alone && html`<p class="muted small">Made ${format.dateTime(CreatedAt)}.</p>`}
  `;
}

function Versions({ project, models, units, cameras, serving, onChange }) {
  return html`
    <div class="table-scroll" tabindex="0" role="region" aria-label=${`Versions of ${project}`}>
      <table class="cards models-table">
        <thead>
          <tr>
            <th scope="col">Version</th><th scope="col">State</th><th scope="col" class="number">Precision</th><th scope="col" class="number">Recall</th><th scope="col" class="number">F1</th>
            <th scope="col">Trained</th><th scope="col">Cost</th><th scope="col"><span class="unseen">Change</span></th>
          </tr>
        </thead>
        <tbody>
          ${models.map(
            (model) => html`
              <tr key=${model.ModelVersion}>
                <th scope="row"><a href=${href("models", { project, version: model.ModelVersion })}>Version ${model.ModelVersion}</a></th>
                <td data-label="State"><span class="row"><${Status} model=${model} />${serving === model.ModelVersion && html`<span class="badge">Cameras</span>`}</span></td>
                <td data-label="Precision" class="number">${format.percent(model.Performance?.Precision, 1)}</td>
                <td data-label="Recall" class="number">${format.percent(model.Performance?.Recall, 1)}</td>
                <td data-label="F1" class="number">${format.percent(model.Performance?.F1Score, 1)}</td>
                <td data-label="Trained"><span>${format.dateTime(model.EvaluatedAt)}${model.TrainingImages !== null && html`<span class="muted small below">on ${format.count(model.TrainingImages, "picture")}</span>`}</span></td>
                <td data-label="Cost"><span><${Cost} models=${[model]} /></span></td>
                <td class="number"><span class="row end"><${HostingButtons} project=${project} model=${model} units=${units} cameras=${cameras} serving=${serving} small onChange=${onChange} /></span></td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** The cameras whose pictures go to the project. */
function Cameras({ cameras, known }) {
  return html`
    <section class="card" aria-labelledby="project-cameras">
      <header><h2 id="project-cameras">Cameras</h2><a class="button small" href=${href("cameras")}><${Icon} name="cameras" />All cameras</a></header>
      ${cameras.length
        ? html`<ul class="project-cameras">
            ${cameras.map(
              ({ CameraId, Name, Line, LineName, Facility, FacilityName }) => html`
                <li key=${CameraId}>
                  <a href=${href("cameras", { camera: CameraId })}>${Name || CameraId}</a>
                  <span class="muted small">${LineName || Line} · ${FacilityName || Facility}</span>
                </li>
              `,
            )}
          </ul>`
        : html`<p class="muted padded-text">${known ? "No camera sends to this project." : "…"}</p>`}
    </section>
  `;
}

function DeleteProject({ name, datasets, versions, cameras }) {
  const may = useMay("DELETE", path`/2020-11-20/projects/${name}`);
  const reason = may.reason || (versions ? "Delete its versions first." : cameras ? "Give its cameras another project first." : "");
  const [remove, busy] = useAction(async (token) => {
    for (const kind of datasets) await call("control", "DELETE", path`/2020-11-20/projects/${name}/datasets/${kind}`);
    while (datasets.length && (await get("control", path`/2020-11-20/projects/${name}`)).ProjectDescription.Datasets.length) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    await call("control", "DELETE", path`/2020-11-20/projects/${name}`, { token });
    toast.done(`Project ${name} is deleted.`);
    navigate(href("models"));
  });
  const text = datasets.length ? `Its datasets (${datasets.join(", ")}) are deleted too. The pictures in your buckets stay.` : "It is empty.";
  const ask = async () => (await confirm({ title: `Delete the project ${name}?`, text, yes: "Delete", danger: true })) && remove();
  return html`<${ActionButton} class="small" busy=${busy} reason=${reason} onClick=${ask}>Delete the project<//>`;
}
