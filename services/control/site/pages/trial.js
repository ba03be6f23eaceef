/** Trying a model on other pictures: drop them, watch the verdicts come, say what is right, teach it. */
import { html, useEffect } from "../lib/html.js";
import { get, path } from "../lib/api.js";
import { newBatchName, openBatch } from "../lib/batches.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { costOfTrial } from "../lib/needs.js";
import { useProjects, useTraining, useVersions } from "../lib/projects.js";
import { href, useQuery } from "../lib/router.js";
import { useBatch, useTaking } from "../lib/taking.js";
import { begin as beginTrial, goOn } from "../lib/teaching.js";
import { useResource } from "../lib/use.js";
import { ActionButton, Field } from "../ui/form.js";
import { Drop } from "../ui/drop.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { ProjectChoice } from "../ui/project.js";
import { Refusals, Sending } from "../ui/sending.js";
import { Empty, Loading, Resource } from "../ui/states.js";
import { Tiles } from "../ui/tiles.js";
import { Trial } from "../teaching/trial.js";

const EVERY_MS = 5_000;
const STATES = { RUNNING: ["accent", "Running"], COMPLETE: ["good", "Complete"], FAILED: ["bad", "Failed"] };

export default function TrialPage() {
  const [query, change] = useQuery();
  const projects = useProjects();
  const project = query.project ?? projects.data?.[0];
  const choose = (name) => change({ project: name, batch: "", version: "", trial: "" }, { push: true });
  const tools = html`<${ProjectChoice} projects=${projects} value=${project} onChange=${choose} />`;
  const nothing = html`<${Empty} icon="trial" title="No projects yet">Train a model first, then try it here.<//>`;
  return html`
    <${Page} title="Trial" lead="What would the model say of these? Nothing here reaches the line." tools=${tools}>
      <${Resource} of=${projects} rows=${4} empty=${() => !project} nothing=${nothing}>
        ${() =>
          query.trial
            ? html`<${Trial} key=${query.trial} project=${project} name=${query.trial} query=${query} change=${change} />`
            : html`<${Start} key=${project} project=${project} query=${query} change=${change} />`}
      <//>
    <//>
  `;
}

function Start({ project, query, change }) {
  const versions = useVersions(project);
  const training = useTraining(project);
  return html`
    <div class="stack">
      <${Resource} of=${versions} rows=${3}>
        ${({ Models }) => {
          const trained = Models.filter(({ Performance }) => Performance).map(({ ModelVersion }) => ModelVersion);
          if (!trained.length) return html`<${Empty} icon="train" title="No trained version yet"><a href=${href("train", { project })}>Train one</a>, then try it here.<//>`;
          const version = trained.includes(query.version) ? query.version : trained[0];
          return html`
            <${Resource} of=${training} rows=${2}>
              ${(needs) => html`<${Giving} project=${project} version=${version} trained=${trained} needs=${needs} name=${query.batch ?? ""} change=${change} />`}
            <//>
          `;
        }}
      <//>
      <${Earlier} project=${project} />
    </div>
  `;
}

function Giving({ project, version, trained, needs, name, change }) {
  const may = useMay("POST", "/sightline/projects/x/trials");
  const [take, taking] = useTaking(needs.Pictures);
  const [batch, progress] = useBatch(name);
  const plan = batch?.plan;
  const most = needs.Pictures.TrialMax;
  useEffect(() => {
    if (!plan?.done) return;
    batch.forget();
    change({ batch: "", version: "", trial: plan.trial }, { push: true });
  }, [plan?.done]);
  const give = async (files) => {
    const wanted = name || newBatchName();
    if (!name) change({ batch: wanted });
    take(await openBatch(wanted), files);
  };
  if (name && !batch) return html`<${Loading} rows=${2} />`;
  if (plan?.goal && !plan.done) return html`<${Sending} progress=${progress} batch=${batch} onAgain=${() => goOn(batch)} />`;
  const pictures = batch?.pictures ?? [];
  const tooMany = pictures.length > most ? `A trial takes up to ${format.integer(most)} pictures; take ${format.integer(pictures.length - most)} out.` : "";
  const cost = costOfTrial(needs.Costs, pictures.length, 1);
  return html`
    <section class="card padded stack" aria-label="Pictures to try">
      ${trained.length > 1 &&
      html`<div class="row fields"><${Field} label="Version" value=${version} options=${trained.map((value) => ({ value, label: `Version ${value}` }))} onInput=${(value) => change({ version: value })} /></div>`}
      <${Drop} title=${pictures.length ? "Drop more pictures here" : `Drop pictures here to try version ${version}`} hint=${`Up to ${format.integer(most)} pictures, PNG or JPEG. They need no labels.`} busy=${taking} reason=${may.reason} onFiles=${give} />
      ${batch && html`<${Refusals} refused=${batch.refused} />`}
      ${pictures.length > 0 &&
      html`
        <${Tiles} label="Pictures to try" tiles=${pictures.map(({ id, path: from, file }) => ({ key: id, name: from, note: from.split("/").at(-1), file, verdict: "not_inspected" }))} />
        ${tooMany && html`<p class="field-error">${tooMany}</p>`}
        <div class="row spread">
          <button class="quiet" onClick=${async () => (await batch.forget(), change({ batch: "" }))}>Put them back</button>
          <${ActionButton} class="primary" reason=${may.reason || tooMany || (taking && "The files are still being looked at.")} onClick=${() => beginTrial(batch, project, { kind: "trial", versions: [version] })}>
            <${Icon} name="trial" />Try ${format.count(pictures.length, "picture")}
          <//>
        </div>
        <p class="hint">${cost}</p>
      `}
    </section>
  `;
}

/** The trials that there were. */
function Earlier({ project }) {
  const trials = useResource(
    async (signal) => {
      const found = [];
      for (let nextToken; ; ) {
        const page = await get("control", path`/sightline/projects/${project}/trials`, { query: { nextToken }, signal });
        found.push(...page.Trials);
        nextToken = page.NextToken;
        if (!nextToken) return found.sort((one, other) => other.CreationTimestamp - one.CreationTimestamp);
      }
    },
    [project],
    { every: EVERY_MS },
  );
  return html`
    <section class="card" aria-labelledby="trials">
      <header><h2 id="trials">Trials</h2></header>
      <${Resource} of=${trials} rows=${2} empty=${(all) => !all.length} nothing=${html`<${Empty} icon="trial" title="No trials yet">They are kept here, with what people said of each picture.<//>`}>
        ${(all) => html`
          <div class="table-scroll" tabindex="0" role="region" aria-label="Trials">
            <table class="cards">
              <thead>
                <tr><th scope="col">Begun</th><th scope="col">State</th><th scope="col">Versions</th><th scope="col">Pictures</th><th scope="col" class="number">Verified</th></tr>
              </thead>
              <tbody>
                ${all.map(({ TrialName, CreationTimestamp, Status, ModelVersions, DatasetType, Total, Verified }) => {
                  const [kind, word] = STATES[Status];
                  return html`
                    <tr key=${TrialName}>
                      <th scope="row"><a href=${href("trial", { project, trial: TrialName })}>${format.dateTime(CreationTimestamp * 1000)}</a></th>
                      <td data-label="State"><span class="badge" data-kind=${kind}>${word}</span></td>
                      <td data-label="Versions">${ModelVersions.join(" and ")}</td>
                      <td data-label="Pictures">${format.integer(Total)}${DatasetType ? ` of the ${DatasetType} dataset` : ""}</td>
                      <td class="number" data-label="Verified">${format.integer(Verified)}</td>
                    </tr>
                  `;
                })}
              </tbody>
            </table>
          </div>
        `}
      <//>
    </section>
  `;
}
