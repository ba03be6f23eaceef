/** The pictures of a dataset: looked at, given another label, taken out. */
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { call, get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { change as changeEntries, entry, ready } from "../lib/teaching.js";
import { useAction, useKeys, useResource } from "../lib/use.js";
import { Dialog, confirm } from "../ui/dialog.js";
import { ActionButton, Choice } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Looks, nameOf } from "../ui/looks.js";
import { VERDICT_OF } from "./picking.js";
import { Empty, Resource } from "../ui/states.js";
import { Tiles } from "../ui/tiles.js";
import { toast } from "../ui/toast.js";

const AT_ONCE = 60;
const ADDRESSES_LAST_MS = 4 * 60_000;
const LABELS = [
  { value: "", label: "All" },
  { value: "normal", label: "Good" },
  { value: "anomaly", label: "Defects" },
];

/**
 * @param {{project: string, found: object, kind?: string, label: string, version?: string,
 *   change: (query: object) => void, onChange: () => void}} props `version` is the one whose heat maps are shown
 */
export function Dataset({ project, found, kind, label, version, change, onChange }) {
  const kinds = ["train", "test"].filter((one) => found[one]);
  if (!kind || !kinds.includes(kind)) {
    return html`<p class="row">${kinds.map((one) => html`<button class="small" key=${one} onClick=${() => change({ dataset: one }, { push: true })}>Show ${one === "train" ? "what it learns from" : "what it is tested on"}</button>`)}</p>`;
  }
  const names = { train: "Learned from", test: "Tested on" };
  return html`
    <div class="row spread">
      <div class="row">
        ${kinds.length > 1 && html`<${Choice} label="Dataset" choices=${kinds.map((value) => ({ value, label: names[value] }))} value=${kind} onChange=${(value) => change({ dataset: value })} />`}
        <${Choice} label="Label" choices=${LABELS} value=${label} onChange=${(value) => change({ label: value })} />
      </div>
      <button class="quiet small" onClick=${() => change({ dataset: "", label: "" })}>Hide</button>
    </div>
    <${Pictures} key=${`${kind} ${label}`} project=${project} kind=${kind} label=${label} version=${version} onChange=${onChange} />
  `;
}

function Pictures({ project, kind, label, version, onChange }) {
  const address = path`/sightline/projects/${project}/datasets/${kind}/pictures`;
  const read = (cursor, signal) => get("control", address, { query: { label, limit: AT_ONCE, cursor }, signal });
  const first = useResource((signal) => read(undefined, signal), [project, kind, label]);
  const [more, setMore] = useState([]);
  const [selected, setSelected] = useState(new Set());
  const [open, setOpen] = useState(null);
  const readAt = useRef(0);
  useEffect(() => {
    readAt.current = Date.now();
    setMore([]);
  }, [first.data]);
  const stale = () => Date.now() - readAt.current > ADDRESSES_LAST_MS && first.refresh();
  const pages = first.data ? [first.data, ...more] : [];
  const pictures = pages.flatMap((page) => page.Pictures);
  const cursor = pages.at(-1)?.NextCursor;
  const [readMore, reading] = useAction(async () => setMore([...more, await read(cursor)]));
  const chosen = pictures.filter(({ SourceRef }) => selected.has(SourceRef));
  const dataset = path`/2020-11-20/projects/${project}/datasets/${kind}`;
  const done = (text) => (toast.done(text), setSelected(new Set()), first.refresh(), onChange());
  const [relabel, relabelling] = useAction(async (_, wanted) => {
    await changeEntries(dataset, chosen.map(({ SourceRef }) => entry(SourceRef, wanted)));
    done(`${format.count(chosen.length, "picture")} now ${wanted === "normal" ? "good" : "a defect"}. Train again to learn from that.`);
  });
  const [remove, removing] = useAction(async (token) => {
    await call("control", "POST", path`/sightline/projects/${project}/datasets/${kind}/remove`, { body: { SourceRefs: chosen.map(({ SourceRef }) => SourceRef) }, token });
    const { Status, StatusMessage } = await ready(dataset);
    if (Status.includes("FAILED")) throw new Error(StatusMessage);
    done(`${format.count(chosen.length, "picture")} taken out.`);
  });
  const may = useMay("PATCH", "/2020-11-20/projects/x/datasets/x/entries");
  const busy = relabelling || removing;
  const masked = chosen.some(({ Masked }) => Masked) ? "A mask shows where its defects are: change it by a manifest." : "";
  const none = chosen.length ? "" : "Select pictures first.";
  const askRemove = async () =>
    (await confirm({ title: `Take out ${format.count(chosen.length, "picture")}?`, text: "Versions that have learned from them stay as they are; the next one will not.", yes: "Take out", danger: true })) && remove();
  const act = (wanted) => () => chosen.length && !masked && may.allowed && !busy && relabel(wanted);
  useKeys({ n: act("normal"), d: act("anomaly") });
  const tiles = pictures.map((one) => ({ key: one.SourceRef, name: nameOf(one.SourceRef), url: one.PictureUrl, verdict: VERDICT_OF[one.Label ?? ""] }));
  return html`
    <${Resource} of=${first} rows=${2} empty=${() => !pictures.length} nothing=${html`<${Empty} title="No such pictures">There are none with this label.<//>`}>
      ${() => html`
        <div class="row">
          <span class="small muted" role="status">${chosen.length ? `${format.count(chosen.length, "picture")} selected` : html`Select pictures to change them <kbd>X</kbd>`}</span>
          <${ActionButton} class="small" busy=${busy} reason=${may.reason || none || masked} aria-keyshortcuts="n" onClick=${act("normal")}><${Icon} name="normal" />Good <kbd>N</kbd><//>
          <${ActionButton} class="small" busy=${busy} reason=${may.reason || none || masked} aria-keyshortcuts="d" onClick=${act("anomaly")}><${Icon} name="anomalous" />Defect <kbd>D</kbd><//>
          <${ActionButton} class="small" busy=${busy} reason=${may.reason || none} onClick=${askRemove}><${Icon} name="remove" />Take out<//>
        </div>
        <${Tiles} label="Pictures of the dataset" tiles=${tiles} selected=${selected} onSelect=${setSelected} onOpen=${({ key }) => setOpen(pictures.find(({ SourceRef }) => SourceRef === key))} onBroken=${stale} />
        ${open && html`<${Dialog} title=${nameOf(open.SourceRef)} onClose=${() => setOpen(null)} wide><${Looks} project=${project} versions=${[version]} picture=${open} said=${{}} /><//>`}
        ${cursor && html`<p class="more"><${ActionButton} busy=${reading} onClick=${readMore}>Read more<//></p>`}
      `}
    <//>
  `;
}
