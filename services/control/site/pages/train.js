/** From pictures to a model: a project's datasets, what is added to them, and its versions. */
import { html } from "../lib/html.js";
import { newBatchName } from "../lib/batches.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { costOf, counts, lacking } from "../lib/needs.js";
import { useDatasets, useProjects, useTraining, useVersions } from "../lib/projects.js";
import { useQuery } from "../lib/router.js";
import { train } from "../lib/teaching.js";
import { useAction } from "../lib/use.js";
import { Dataset } from "../teaching/dataset.js";
import { confirm } from "../ui/dialog.js";
import { ActionButton } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { Picking } from "../teaching/picking.js";
import { NewProject, ProjectChoice } from "../ui/project.js";
import { Result } from "../teaching/result.js";
import { Empty, Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";
import { Versions } from "../teaching/versions.js";

const LEAD = "Show the model good parts and defects; it learns the difference and says how well.";

export default function Train() {
  const [query, change] = useQuery();
  const projects = useProjects();
  const project = query.project ?? projects.data?.[0];
  const choose = (name) => change({ project: name, batch: "", version: "", dataset: "", label: "" }, { push: true });
  const made = (name) => (projects.refresh(), choose(name));
  const tools = html`
    <${ProjectChoice} projects=${projects} value=${project} onChange=${choose} />
    <${NewProject} onMade=${made} />
  `;
  const nothing = html`<${Empty} icon="train" title="No projects yet">A project is one kind of part, seen in one way. Make the first one, then give it pictures.<//>`;
  return html`
    <${Page} title="Train" lead=${LEAD} tools=${tools}>
      <${Resource} of=${projects} rows=${4} empty=${() => !project} nothing=${nothing}>
        ${() => html`<${Project} key=${project} project=${project} query=${query} change=${change} />`}
      <//>
    <//>
  `;
}

function Project({ project, query, change }) {
  const datasets = useDatasets(project);
  const versions = useVersions(project);
  const training = useTraining(project);
  const batch = query.batch ?? "";
  const begin = () => {
    const name = newBatchName();
    change({ batch: name });
    return name;
  };
  const finished = (version) => {
    datasets.refresh();
    versions.refresh();
    change({ batch: "", ...(version && { version }) });
  };
  const newest = versions.data?.Models.find(({ Performance }) => Performance)?.ModelVersion;
  const chosen = query.version && versions.data?.Models.find(({ ModelVersion }) => ModelVersion === query.version);
  return html`
    <${Resource} of=${training} rows=${3}>
      ${(needs) => html`
        <div class="stack">
          ${chosen && !batch && html`<${Result} key=${chosen.ModelVersion} project=${project} version=${chosen} versions=${versions.data.Models} datasets=${datasets.data ?? {}} costs=${needs.Costs} />`}
          <${Resource} of=${datasets} rows=${2}>
            ${(found) => html`
              <${Picking} project=${project} needs=${needs} datasets=${found} name=${batch} begin=${begin} onFinished=${finished} onDropped=${() => change({ batch: "" })} />
              ${!batch && counts(found).total > 0 && html`<${Datasets} project=${project} needs=${needs} found=${found} version=${newest} query=${query} change=${change} onStarted=${finished} onChange=${datasets.refresh} />`}
            `}
          <//>
          <${Resource} of=${versions} rows=${2}>
            ${(found) => html`<${Versions} project=${project} versions=${found.Models} current=${query.version} />`}
          <//>
        </div>
      `}
    <//>
  `;
}

/** What there is to learn from, and learning from it as it is. */
function Datasets({ project, needs, found, version, query, change, onStarted, onChange }) {
  const may = useMay("POST", "/2020-11-20/projects/x/models");
  const have = counts(found);
  const missing = lacking(have, needs.Needed);
  const [start, starting] = useAction(async (token) => {
    const version = await train(project, token);
    toast.done(`Version ${version} is being trained.`);
    onStarted(version);
  });
  const ask = async () => {
    const total = have.total;
    const text = `A new version learns from ${format.count(total, "picture")}. The versions that there are stay as they are.`;
    if (await confirm({ title: `Train ${project}?`, text, cost: costOf(needs), yes: "Train" })) start();
  };
  return html`
    <section class="card padded stack" aria-labelledby="datasets">
      <div class="row spread">
        <h2 id="datasets">Pictures to learn from</h2>
        <${ActionButton} busy=${starting} reason=${may.reason || missing} onClick=${ask}><${Icon} name="train" />Train on these<//>
      </div>
      <dl class="figures">
        <div class="figure"><dt>Good parts</dt><dd>${format.integer(have.train.normal)}</dd></div>
        <div class="figure"><dt>Defects</dt><dd>${format.integer(have.train.anomaly)}</dd></div>
        ${have.test && html`<div class="figure"><dt>Kept for testing</dt><dd>${format.integer(have.test.normal + have.test.anomaly)} <small>${format.integer(have.test.anomaly)} defects</small></dd></div>`}
      </dl>
      ${missing && html`<p class="hint">${missing}</p>`}
      <${Dataset} project=${project} found=${found} kind=${query.dataset} label=${query.label ?? ""} version=${version} change=${change} onChange=${onChange} />
    </section>
  `;
}
