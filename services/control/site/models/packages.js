/** Packaging jobs: bundles with which a version runs at the edge, without any network. */
import { html, useState } from "../lib/html.js";
import { call, get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { useAction, useDraft, useResource } from "../lib/use.js";
import { Dialog } from "../ui/dialog.js";
import { ActionButton, Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";

const EVERY_MS = 5000;
const STATUS = {
  CREATED: ["Waiting", "accent"],
  RUNNING: ["Packaging", "accent"],
  SUCCEEDED: ["Ready", "good"],
  FAILED: ["Failed", "bad"],
};
const PLATFORMS = [
  { value: "X86_64", label: "Linux, x86-64" },
  { value: "ARM64", label: "Linux, ARM64" },
];

/** @param {{project: string, models: object[]}} props the versions whose jobs are shown */
export function Packages({ project, models }) {
  const [adding, setAdding] = useState(false);
  const shown = new Set(models.map(({ ModelVersion }) => ModelVersion));
  const trained = models.filter(({ Performance, Status }) => Performance && Status !== "DELETING");
  const address = path`/2020-11-20/projects/${project}/modelpackagingjobs`;
  const may = useMay("POST", address);
  const jobs = useResource(async (signal) => newestFirst(await every(address, signal)), [address], { every: EVERY_MS });
  const reason = may.reason || (trained.length ? "" : "There is no trained version.");
  return html`
    <section class="card" aria-labelledby="packages">
      <header>
        <div><h2 id="packages">Edge packages</h2><p class="muted small">Bundles that run beside a line without a network: <code>sightline edge run</code>, or AWS IoT Greengrass.</p></div>
        <${ActionButton} class="small" reason=${reason} onClick=${() => setAdding(true)}><${Icon} name="add" />Package …<//>
      </header>
      <div class="packages">
        <${Resource} of=${jobs} rows=${1} empty=${(all) => !all.some(({ ModelVersion }) => shown.has(ModelVersion))} nothing=${html`<p class="muted padded-text">None yet.</p>`}>
          ${(all) => html`<${Jobs} jobs=${all.filter(({ ModelVersion }) => shown.has(ModelVersion))} />`}
        <//>
      </div>
      ${adding && html`<${NewPackage} project=${project} versions=${trained.map(({ ModelVersion }) => ModelVersion)} address=${address} onClose=${() => setAdding(false)} onDone=${jobs.refresh} />`}
    </section>
  `;
}

async function every(address, signal) {
  const found = [];
  let nextToken;
  do {
    const page = await get("control", address, { query: { nextToken }, signal });
    found.push(...page.ModelPackagingJobs);
    nextToken = page.NextToken;
  } while (nextToken);
  return found;
}

const newestFirst = (jobs) => jobs.sort((one, other) => other.CreationTimestamp - one.CreationTimestamp);

function Jobs({ jobs }) {
  return html`
    <div class="table-scroll" tabindex="0" role="region" aria-label="Packaging jobs">
      <table class="cards">
        <thead><tr><th scope="col">Job</th><th scope="col">Version</th><th scope="col">State</th><th scope="col">Begun</th></tr></thead>
        <tbody>
          ${jobs.map(({ JobName, ModelVersion, Status, StatusMessage, CreationTimestamp }) => {
            const [words, kind] = STATUS[Status] ?? [Status, ""];
            return html`
              <tr key=${JobName}>
                <th scope="row">${JobName}</th>
                <td data-label="Version">${ModelVersion}</td>
                <td data-label="State"><span><span class="badge" data-kind=${kind}>${words}</span>${Status === "FAILED" && html`<span class="small below">${StatusMessage}</span>`}</span></td>
                <td data-label="Begun">${format.dateTime(CreationTimestamp * 1000)}</td>
              </tr>
            `;
          })}
        </tbody>
      </table>
    </div>
  `;
}

function NewPackage({ project, versions, address, onClose, onDone }) {
  const [draft, setDraft, forget] = useDraft(`package.${project}`, { version: versions[0], name: `sightline.${project}`, platform: "X86_64", bucket: "", prefix: "packages/" });
  const version = versions.includes(draft.version) ? draft.version : versions[0];
  const model = useResource((signal) => get("control", path`/2020-11-20/projects/${project}/models/${version}`, { signal }), [project, version]);
  const bucket = draft.bucket || (model.data?.ModelDescription.OutputConfig.S3Location.Bucket ?? "");
  const [start, busy] = useAction(async (token) => {
    const Greengrass = { S3OutputLocation: { Bucket: bucket, Prefix: draft.prefix }, ComponentName: draft.name.trim(), TargetPlatform: { Os: "LINUX", Arch: draft.platform } };
    const { JobName } = await call("control", "POST", address, { body: { ModelVersion: version, Configuration: { Greengrass } }, token });
    forget();
    toast.done(`${JobName} has begun.`);
    onClose();
    onDone();
  });
  const change = (name) => (value) => setDraft({ ...draft, [name]: value });
  return html`
    <${Dialog} title=${`Package a version of ${project}`} onClose=${onClose}>
      <form class="form" onSubmit=${(event) => (event.preventDefault(), start())}>
        <${Field} label="Version" value=${version} options=${versions} onInput=${change("version")} />
        <${Field} label="For" value=${draft.platform} options=${PLATFORMS} onInput=${change("platform")} />
        <${Field} label="Name of the component" required value=${draft.name} pattern="[a-zA-Z0-9][a-zA-Z0-9._\\-]*" maxlength="128" hint="Letters, digits, dots, - and _." onInput=${change("name")} />
        <${Field} label="Bucket" required value=${bucket} hint="Where the bundle is written to." autocapitalize="none" spellcheck=${false} onInput=${change("bucket")} />
        <${Field} label="Under" value=${draft.prefix} autocapitalize="none" spellcheck=${false} onInput=${change("prefix")} />
        <footer>
          <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
          <${ActionButton} class="primary" busy=${busy}>Package it<//>
        </footer>
      </form>
    <//>
  `;
}
