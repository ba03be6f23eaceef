/** One trial: verdicts as they come, sorted and filtered, verified by keyboard, learned from. */
import { html, useCallback, useEffect, useMemo, useRef } from "../lib/html.js";
import { call, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { href, navigate } from "../lib/router.js";
import { ready } from "../lib/teaching.js";
import { LABEL_OF, isDisputed, isWrong, saidOf, useTrial, useVerifying } from "../lib/trial.js";
import { useAction, useKeys } from "../lib/use.js";
import { confirm } from "../ui/dialog.js";
import { ActionButton, Choice, Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Looks, look, nameOf } from "../ui/looks.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { Tiles } from "../ui/tiles.js";
import { toast } from "../ui/toast.js";
import { verdictWord } from "../ui/verdict.js";

const SORTS = {
  hot: { label: "Surest defects first", by: (version) => (one, other) => saidOf(other, version).heat - saidOf(one, version).heat },
  unsure: { label: "Least sure first", by: (version) => (one, other) => (saidOf(one, version).confidence ?? 2) - (saidOf(other, version).confidence ?? 2) },
  given: { label: "As they were given", by: () => (one, other) => one.number - other.number },
};
const FILTERS = {
  all: ["All", () => true],
  anomalous: ["Defects", (picture, [version]) => saidOf(picture, version).verdict === "anomalous"],
  normal: ["Normal", (picture, [version]) => saidOf(picture, version).verdict === "normal"],
  open: ["Not verified", ({ Label }) => !Label],
  wrong: ["Wrong", (picture, versions) => versions.some((version) => isWrong(picture, version))],
  disputed: ["Disputed", (picture) => isDisputed(picture)],
};

export function Trial({ project, name, query, change }) {
  const found = useTrial(project, name);
  const { trial, error, refresh } = found;
  if (!trial && error) return html`<${Failed} error=${error} retry=${refresh} />`;
  if (!trial) return html`<${Loading} rows=${4} />`;
  return html`<${Judged} project=${project} found=${found} query=${query} change=${change} />`;
}

function Judged({ project, found: read, query, change }) {
  const { trial, tried, error, refresh, stale } = read;
  const [pending, verify] = useVerifying(project, read);
  const pictures = useMemo(() => read.pictures.map((one) => ({ ...one, Label: pending[one.SourceRef] ?? one.Label })), [read.pictures, pending]);
  const found = { ...read, pictures, waiting: Object.keys(pending).length };
  const versions = trial.ModelVersions;
  const sort = SORTS[query.sort] ? query.sort : "hot";
  const filter = FILTERS[query.show] ? query.show : "all";
  const shown = useMemo(() => {
    const version = versions.at(-1);
    return pictures.filter((one) => FILTERS[filter][1](one, versions)).sort(SORTS[sort].by(version));
  }, [pictures, sort, filter]);
  const current = pictures.find(({ number }) => String(number) === query.picture);
  const tiles = useMemo(() => shown.map((one) => tileOf(one, versions)), [shown]);
  const running = trial.Status === "RUNNING";
  const mapOf = useCallback(({ sourceRef, verdict }) => (verdict === "anomalous" ? look(project, versions.at(-1), sourceRef).then(({ mapUrl }) => mapUrl) : Promise.resolve(null)), [project, trial.TrialName]);
  const filters = Object.entries(FILTERS).filter(([value]) => value !== "disputed" || versions.length > 1);
  return html`
    <div class="stack">
      <p><a href=${href("trial", { project, version: versions.at(-1) })}>All trials of ${project}</a></p>
      ${error && html`<div class="banner" data-kind="warn" role="status"><${Icon} name="anomalous" /><span>Not up to date: ${error.message}</span><button class="small" onClick=${refresh}>Try again</button></div>`}
      <${Head} project=${project} found=${found} />
      ${current && html`<${Desk} project=${project} trial=${trial} shown=${shown} current=${current} verify=${verify} change=${change} />`}
      <div class="row spread fields">
        <${Choice} label="Show" choices=${filters.map(([value, [label]]) => ({ value, label }))} value=${filter} onChange=${(value) => change({ show: value === "all" ? "" : value, picture: "" })} />
        <${Field} label="Sort" value=${sort} options=${Object.entries(SORTS).map(([value, { label }]) => ({ value, label }))} onInput=${(value) => change({ sort: value === "hot" ? "" : value })} />
      </div>
      <p class="muted small" role="status">${format.count(shown.length, "picture")}${running ? `, ${format.integer(tried)} of ${trial.Total ? format.integer(trial.Total) : "all"} tried` : ""}</p>
      ${tiles.length
        ? html`<${Tiles} label="Tried pictures" tiles=${tiles} current=${current?.number} onBroken=${stale} mapOf=${mapOf} onOpen=${({ key }) => change({ picture: key }, { push: !current })} />`
        : html`<${Empty} icon="trial" title=${running ? "The first verdicts are on their way" : "No such pictures"}>${running ? "They appear here by themselves." : "Choose other ones above."}<//>`}
    </div>
  `;
}

function tileOf(picture, versions) {
  const { number, SourceRef, PictureUrl, Label, Problem } = picture;
  const said = versions.map((version) => saidOf(picture, version));
  const note = Problem ? "Not inspected" : said.map(({ verdict, confidence }) => (versions.length > 1 ? verdictWord(verdict) : format.percent(confidence))).join(" / ");
  return { key: number, sourceRef: SourceRef, name: nameOf(SourceRef), url: PictureUrl, verdict: said.at(-1).verdict, note: `${note} ${wordOf(Label, picture, versions)}`, marked: Boolean(Label) };
}

const wordOf = (label, picture, versions) => (label ? (versions.some((version) => isWrong(picture, version)) ? "· wrong" : "· right") : "");

function Head({ project, found: { trial, pictures, waiting, scores, comparison, tried } }) {
  const { Status, StatusMessage, ModelVersions, DatasetType, Total, TrialName } = trial;
  const last = ModelVersions.at(-1);
  const count = (verdict) => pictures.filter((one) => saidOf(one, last).verdict === verdict).length;
  const problems = pictures.filter(({ Problem }) => Problem);
  return html`
    <section class="card padded stack" aria-labelledby="trial">
      <div class="row spread">
        <h2 id="trial">${ModelVersions.length > 1 ? `Versions ${ModelVersions.join(" and ")}` : `Version ${last}`}${DatasetType ? ` on the ${DatasetType} dataset` : ""}</h2>
        <${Changes} project=${project} trial=${trial} pictures=${pictures} waiting=${waiting} />
      </div>
      ${Status === "RUNNING" && html`<p class="row"><progress aria-label="Tried" max=${Total || 1} value=${tried}></progress><span class="small">${format.integer(tried)} of ${Total ? format.integer(Total) : "…"}</span></p>`}
      ${Status === "FAILED" && html`<div class="banner" data-kind="warn" role="alert"><${Icon} name="anomalous" /><span>${StatusMessage}</span></div>`}
      ${comparison ? html`<${Comparison} versions=${ModelVersions} comparison=${comparison} scores=${scores} />` : html`
        <dl class="figures">
          <div class="figure"><dt>Defects</dt><dd>${format.integer(count("anomalous"))}</dd></div>
          <div class="figure"><dt>Normal</dt><dd>${format.integer(count("normal"))}</dd></div>
          <div class="figure"><dt>Verified</dt><dd>${format.integer(pictures.filter(({ Label }) => Label).length)}</dd></div>
          <div class="figure"><dt>Of these right</dt><dd>${format.integer(pictures.filter((one) => one.Label && !isWrong(one, last)).length)}</dd></div>
        </dl>
      `}
      ${problems.length > 0 && html`<details class="refusals"><summary><${Icon} name="not_inspected" />${format.count(problems.length, "picture")} could not be inspected</summary><ul>${problems.map(({ SourceRef, Problem }) => html`<li key=${SourceRef}><strong>${nameOf(SourceRef)}</strong> ${Problem}</li>`)}</ul></details>`}
      <p class="unseen">${TrialName}</p>
    </section>
  `;
}

/** Two versions on the same pictures. */
function Comparison({ versions: [first, second], comparison, scores }) {
  const { BothNormal, BothAnomalous, Disputed, Labeled, BothRight, BothWrong, OnlyRight } = comparison;
  const share = (version) => {
    const { TruePositive, FalsePositive, FalseNegative } = scores[version];
    return [TruePositive / (TruePositive + FalsePositive), TruePositive / (TruePositive + FalseNegative)];
  };
  return html`
    <dl class="figures">
      <div class="figure"><dt>Agree</dt><dd>${format.integer(BothNormal + BothAnomalous)}</dd></div>
      <div class="figure"><dt>Disagree</dt><dd>${format.integer(Disputed)}</dd></div>
      <div class="figure"><dt>Only version ${first} right</dt><dd>${format.integer(OnlyRight[first])}</dd></div>
      <div class="figure"><dt>Only version ${second} right</dt><dd>${format.integer(OnlyRight[second])}</dd></div>
      <div class="figure"><dt>Both right</dt><dd>${format.integer(BothRight)}</dd></div>
      <div class="figure"><dt>Both wrong</dt><dd>${format.integer(BothWrong)}</dd></div>
    </dl>
    <div class="table-scroll" tabindex="0" role="region" aria-label="How right each is">
      <table>
        <thead><tr><th scope="col">On ${format.integer(Labeled)} labelled</th><th scope="col" class="number">Precision</th><th scope="col" class="number">Recall</th><th scope="col" class="number">False alarms</th><th scope="col" class="number">Missed</th></tr></thead>
        <tbody>
          ${[first, second].map((version) => {
            const [precision, recall] = share(version);
            const { FalsePositive, FalseNegative } = scores[version];
            return html`<tr key=${version}><th scope="row">Version ${version}</th><td class="number">${format.percent(precision, 1)}</td><td class="number">${format.percent(recall, 1)}</td><td class="number">${format.integer(FalsePositive)}</td><td class="number">${format.integer(FalseNegative)}</td></tr>`;
          })}
        </tbody>
      </table>
    </div>
  `;
}

/** Teaching a dataset what was verified; deleting the trial. */
function Changes({ project, trial, pictures, waiting }) {
  const { TrialName, Status, DatasetType } = trial;
  const address = path`/sightline/projects/${project}/trials/${TrialName}`;
  const teachMay = useMay("POST", `${address}/dataset`);
  const deleteMay = useMay("DELETE", address);
  const verified = pictures.filter(({ Label }) => Label).length;
  const [teach, teaching] = useAction(async (token) => {
    await call("control", "POST", `${address}/dataset`, { body: { DatasetType: "train" }, token });
    const { Status: state, StatusMessage } = await ready(path`/2020-11-20/projects/${project}/datasets/train`);
    if (state.includes("FAILED")) throw new Error(StatusMessage);
    toast.done(`${format.count(verified, "picture")} are in the dataset.`, { label: "Train again", run: () => navigate(href("train", { project, dataset: "train" })) });
  });
  const [remove, removing] = useAction(async (token) => {
    await call("control", "DELETE", address, { token });
    toast.done("The trial is deleted.");
    navigate(href("trial", { project }));
  });
  const notYet = Status !== "COMPLETE" ? "The trial is not complete." : "";
  const askTeach = async () =>
    (await confirm({ title: "Add what was verified to the dataset?", text: `${format.count(verified, "picture")}, labelled as people said. A new version learns from them when it is trained.`, yes: "Add them" })) && teach();
  const askRemove = async () =>
    (await confirm({ title: "Delete this trial?", text: "Its verdicts, and what people said of them, are gone then. The pictures stay where they are.", yes: "Delete", danger: true })) && remove();
  return html`
    <div class="row">
      ${!DatasetType && html`<${ActionButton} busy=${teaching} reason=${teachMay.reason || notYet || (waiting ? "What was just said is still being sent." : verified ? "" : "Verify some pictures first.")} onClick=${askTeach}><${Icon} name="train" />Add ${format.count(verified, "verified picture")} to the dataset<//>`}
      <${ActionButton} class="quiet" busy=${removing} reason=${deleteMay.reason || (Status === "RUNNING" ? "It is still running." : "")} onClick=${askRemove}><${Icon} name="remove" />Delete<//>
    </div>
  `;
}

/** One picture, large, to be judged. */
function Desk({ project, trial, shown, current, verify, change }) {
  const versions = trial.ModelVersions;
  const may = useMay("POST", "/sightline/projects/x/trials/x/verify");
  const at = shown.findIndex(({ number }) => number === current.number);
  const last = useRef(at);
  if (at >= 0) last.current = at;
  // What was just verified may have left the list: its place is then that of the next one.
  const near = (step) => shown[at >= 0 ? at + step : last.current + (step > 0 ? 0 : -1)];
  const go = (picture) => picture && change({ picture: picture.number });
  const next = near(1);
  const previous = near(-1);
  const reason = may.reason || (trial.Status === "COMPLETE" ? "" : "It can be verified once the trial is complete.");
  const said = saidOf(current, versions.at(-1)).verdict;
  const act = (verdict) => () => {
    if (reason || !verdict) return;
    verify(current.SourceRef, LABEL_OF[verdict]);
    go(next);
  };
  const other = { normal: "anomalous", anomalous: "normal" }[said];
  useKeys({
    n: act("normal"),
    d: act("anomalous"),
    c: act(other && said),
    o: act(other),
    ArrowRight: () => go(next),
    ArrowLeft: () => go(previous),
    Escape: () => change({ picture: "" }),
  });
  const button = (verdict, key, text, icon) => html`
    <${ActionButton} class="large decision" data-verdict=${verdict} aria-pressed=${String(LABEL_OF[verdict] === current.Label)} aria-keyshortcuts=${key} reason=${reason} onClick=${act(verdict)}>
      <${Icon} name=${icon} /><span>${text}</span><kbd>${key.toUpperCase()}</kbd>
    <//>
  `;
  const desk = useRef(null);
  useEffect(() => desk.current.scrollIntoView({ block: "nearest" }), []);
  const name = nameOf(current.SourceRef);
  const results = Object.fromEntries(versions.map((version) => [version, saidOf(current, version)]));
  return html`
    <section class="inspection desk" ref=${desk} aria-label=${`Picture ${name}`}>
      ${current.Problem
        ? html`<p class="card padded"><${Icon} name="not_inspected" /> ${current.Problem}</p>`
        : html`<${Looks} key=${current.number} project=${project} versions=${versions} picture=${current} said=${results} />`}
      <div class="card padded stack">
        <h2>${name}</h2>
        <p class="unseen" role="status">${name}: ${verdictWord(said)}${current.Label ? `, verified as ${current.Label}` : ""}</p>
        ${current.Label && html`<p class="reviewed"><${Icon} name="user" />Verified as ${current.Label === "normal" ? "normal" : "a defect"}</p>`}
        <div class="decide">
          ${other && versions.length === 1
            ? html`${button(said, "c", `Right: ${verdictWord(said).toLowerCase()}`, "normal")} ${button(other, "o", `Wrong: ${verdictWord(other).toLowerCase()}`, "undo")}`
            : html`${button("normal", "n", "It is normal", "normal")} ${button("anomalous", "d", "It is a defect", "anomalous")}`}
          ${reason && html`<p class="hint">${reason}</p>`}
        </div>
        <div class="row">
          <button class="small" aria-disabled=${previous ? undefined : "true"} onClick=${() => go(previous)}><${Icon} name="previous" />Previous</button>
          <button class="small" aria-disabled=${next ? undefined : "true"} onClick=${() => go(next)}>Next<${Icon} name="next" /></button>
          <button class="small quiet" onClick=${() => change({ picture: "" })}><${Icon} name="close" />Close</button>
        </div>
      </div>
    </section>
  `;
}
