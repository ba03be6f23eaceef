/** Pictures on their way into a project: chosen, given labels, sent. */
import { html, useEffect, useMemo, useState } from "../lib/html.js";
import { openBatch } from "../lib/batches.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { costOf, counts, countsWith, lacking, needs as needsOf } from "../lib/needs.js";
import { useBatch, useTaking } from "../lib/taking.js";
import { SHARE, begin as beginTeaching, divided, goOn } from "../lib/teaching.js";
import { useKeys } from "../lib/use.js";
import { confirm } from "../ui/dialog.js";
import { Drop } from "../ui/drop.js";
import { ActionButton, Choice } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Refusals, Sending } from "../ui/sending.js";
import { Loading } from "../ui/states.js";
import { Tiles } from "../ui/tiles.js";

export const VERDICT_OF = { normal: "normal", anomaly: "anomalous", "": "not_inspected" };
const SHOW = [
  { value: "", label: "All" },
  { value: "none", label: "No label" },
  { value: "normal", label: "Good" },
  { value: "anomaly", label: "Defects" },
];

/**
 * @param {{project: string, needs: object, datasets: object, name: string, begin: () => string,
 *   onFinished: (version?: string) => void, onDropped: () => void}} props `name` is that of the batch in the
 *   address, "" for none; `begin` puts a new one there
 */
export function Picking({ project, needs, datasets, name, begin, onFinished, onDropped }) {
  const may = useMay("PATCH", "/2020-11-20/projects/x/datasets/train/entries");
  const [take, taking] = useTaking(needs.Pictures, { alike: true });
  const [batch, progress] = useBatch(name);
  const give = async (files) => take(await openBatch(name || begin()), files);
  const plan = batch?.plan;
  useEffect(() => {
    if (!plan?.done) return;
    batch.forget();
    onFinished(plan.version);
  }, [plan?.done]);
  if (name && !batch) return html`<${Loading} rows=${2} />`;
  if (plan?.goal && !plan.done) return html`<${Sending} progress=${progress} batch=${batch} onAgain=${() => goOn(batch)} />`;
  const hint = html`${needsOf(needs.Needed)} Folders called <code>good</code> and <code>defect</code> (or the like) label what is in them; PNG or JPEG, up to ${format.bytes(needs.Pictures.BytesMax)} each.`;
  const empty = !batch?.pictures.length && !batch?.refused.length;
  return html`
    <section class="card padded stack" aria-label="Add pictures">
      <${Drop} compact=${!empty || counts(datasets).total > 0} title=${empty ? "Drop a folder of pictures here" : "Drop more pictures here"} hint=${hint} busy=${taking} reason=${may.reason} onFiles=${give} />
      ${batch && !empty && html`<${Review} project=${project} needs=${needs} datasets=${datasets} batch=${batch} busy=${Boolean(taking)} onDropped=${onDropped} />`}
    </section>
  `;
}

function Review({ project, needs, datasets, batch, busy, onDropped }) {
  const [show, setShow] = useState("");
  const [selected, setSelected] = useState(new Set());
  const folders = batch.pictures.some(({ set }) => set === "test");
  const [test, setTest] = useState(folders ? "folders" : "none");
  const { pictures } = batch;
  const shown = useMemo(() => pictures.filter(({ label }) => !show || label === (show === "none" ? "" : show)), [pictures, show]);
  const tiles = useMemo(() => shown.map(tileOf), [shown]);
  const chosen = [...selected].filter((id) => pictures.some((one) => one.id === id));
  const label = (value) => chosen.length && batch.set(chosen, { label: value });
  const remove = () => (batch.remove(chosen), setSelected(new Set()));
  useKeys({ n: () => label("normal"), d: () => label("anomaly") });
  const of = (wanted) => pictures.filter((one) => one.label === wanted).length;
  const all = tiles.length > 0 && chosen.length === tiles.length;
  const discard = async () => {
    const sure = await confirm({ title: "Put these pictures back?", text: "Nothing has been sent yet. The files on your disk stay.", yes: "Put them back", danger: true });
    if (!sure) return;
    await batch.forget();
    onDropped();
  };
  return html`
    <p class="row" role="status">
      <span class="badge">${format.count(pictures.length, "picture")}, ${format.bytes(pictures.reduce((sum, { size }) => sum + size, 0))}</span>
      <span class="badge" data-kind="good">${format.count(of("normal"), "good part")}</span>
      <span class="badge" data-kind="bad">${format.count(of("anomaly"), "defect")}</span>
      ${of("") > 0 && html`<span class="badge" data-kind="warn">${format.integer(of(""))} without a label</span>`}
    </p>
    <${Refusals} refused=${batch.refused} />
    ${!batch.kept && html`<div class="banner" data-kind="warn" role="status"><${Icon} name="anomalous" /><span>This browser does not keep so many pictures: keep this page open until they are sent.</span></div>`}
    <div class="row spread">
      <${Choice} label="Show" choices=${SHOW} value=${show} onChange=${(value) => (setShow(value), setSelected(new Set()))} />
      <div class="row">
        <button class="small" onClick=${() => setSelected(all ? new Set() : new Set(tiles.map(({ key }) => key)))}>${all ? "Select none" : `Select all ${format.integer(tiles.length)}`}</button>
        <button class="small" aria-disabled=${chosen.length ? undefined : "true"} aria-keyshortcuts="n" onClick=${() => label("normal")}><${Icon} name="normal" />Good <kbd>N</kbd></button>
        <button class="small" aria-disabled=${chosen.length ? undefined : "true"} aria-keyshortcuts="d" onClick=${() => label("anomaly")}><${Icon} name="anomalous" />Defect <kbd>D</kbd></button>
        <button class="small" aria-disabled=${chosen.length ? undefined : "true"} onClick=${() => chosen.length && remove()}><${Icon} name="remove" />Take out</button>
      </div>
    </div>
    <${Tiles} label="Chosen pictures" tiles=${tiles} selected=${selected} onSelect=${setSelected} />
    <${Testing} folders=${folders} value=${test} onChange=${setTest} />
    <${Begin} project=${project} needs=${needs} datasets=${datasets} batch=${batch} test=${test} busy=${busy} onDiscard=${discard} />
  `;
}

const tileOf = ({ id, path, file, label }) => ({ key: id, name: path, note: path.split("/").at(-1), file, verdict: VERDICT_OF[label] });

/** By which pictures a version is judged. */
function Testing({ folders, value, onChange }) {
  const choices = [
    { value: "none", label: "All, in turn" },
    ...(folders ? [{ value: "folders", label: "Those in test folders" }] : []),
    { value: "share", label: `Every ${SHARE}th` },
  ];
  const said = {
    none: "Each picture is learned from and tested on, never both at once: best for few pictures.",
    folders: "Pictures in folders called test are never learned from.",
    share: "Every fifth picture of each kind is kept for testing and never learned from: best for comparing versions later.",
  };
  return html`
    <div class="row">
      <span class="small"><strong>Tested on</strong></span>
      <${Choice} label="Tested on" choices=${choices} value=${value} onChange=${onChange} />
      <span class="hint">${said[value]}</span>
    </div>
  `;
}

function Begin({ project, needs, datasets, batch, test, busy, onDiscard }) {
  const { pictures } = batch;
  const after = countsWith(counts(datasets), divided(pictures, test));
  const open = pictures.filter(({ label }) => !label).length;
  const waiting = busy ? "The files are still being looked at." : !pictures.length ? "There are no pictures yet." : open ? `${format.count(open, "picture")} still without a label: say what they show, or take them out.` : "";
  const missing = lacking(after, needs.Needed);
  const go = async (train) => {
    const text = `${format.count(pictures.length, "picture")} go into the datasets of ${project}.`;
    const sure = !train || (await confirm({ title: `Train ${project}?`, text, cost: costOf(needs), yes: "Send and train" }));
    if (sure) beginTeaching(batch, project, { kind: "dataset", test, train });
  };
  return html`
    ${missing && html`<p class="hint">${missing}</p>`}
    <div class="row spread">
      <button class="quiet" onClick=${onDiscard}>Put them back</button>
      <div class="row">
        <${ActionButton} reason=${waiting} onClick=${() => go(false)}>Send without training<//>
        <${ActionButton} class="primary" reason=${waiting || missing} onClick=${() => go(true)}><${Icon} name="train" />Send and train<//>
      </div>
    </div>
    <p class="hint">${costOf(needs)}</p>
  `;
}
