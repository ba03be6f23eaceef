/** The queue: one picture after the other, two keys. */
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { review } from "../lib/reviews.js";
import { useAction, useKeys, useResource } from "../lib/use.js";
import { Decide } from "../ui/decide.js";
import { Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { Thumbnail, inspectionLink, pictureKey } from "../ui/picture.js";
import { Empty, Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";
import { Reviewed, Verdict, reasonWords } from "../ui/verdict.js";
import { Viewer } from "../ui/viewer.js";

const AT_ONCE = 20;
const LOAD_BELOW = 6;
const ADDRESSES_LAST_MS = 4 * 60_000;

export default function ReviewPage() {
  const [query, change] = useQuery();
  const projects = useResource(async (signal) => {
    const { Lines } = await get("control", "/sightline/lines", { query: { latest: 0, counts: false }, signal });
    return [...new Set(Lines.flatMap(({ Projects }) => Projects))].sort();
  }, []);
  const project = query.project ?? projects.data?.[0];
  const tools = projects.data?.length > 1 && html`<${Field} label="Project" value=${project} options=${projects.data} onInput=${(value) => change({ project: value })} />`;
  return html`
    <${Page} title="Review" lead="Defects, and what the model was not sure of. Your decisions become labels." tools=${tools}>
      <${Resource} of=${projects} empty=${() => !project} nothing=${html`<${Done} />`}>
        ${() => html`<${Queue} key=${project} project=${project} />`}
      <//>
    <//>
  `;
}

const Done = () => html`<${Empty} icon="normal" title="Nothing to review">New pictures that need a person appear here by themselves.<//>`;

function Queue({ project }) {
  const queue = useQueue(project);
  return html`
    <${Resource} of=${queue} rows=${5} empty=${() => !queue.items.length} nothing=${html`<${Done} />`}>
      ${() => html`<${Desk} queue=${queue} />`}
    <//>
  `;
}

/** What waits, in the order of the service, and where the person is in it. */
function useQueue(project) {
  const [items, setItems] = useState([]);
  const [at, setAt] = useState(0);
  const cursor = useRef();
  const load = (signal) => get("control", "/sightline/review", { query: { project, limit: AT_ONCE, cursor: cursor.current }, signal });
  const take = (page) => {
    cursor.current = page.NextCursor;
    const known = Date.now();
    setItems((before) => {
      const seen = new Set(before.map(pictureKey));
      return [...before, ...page.Inspections.filter((one) => !seen.has(pictureKey(one))).map((one) => ({ ...one, known }))];
    });
  };
  const first = useResource(load, [project]);
  useEffect(() => first.data && take(first.data), [first.data]);
  const more = useRef(false);
  useEffect(() => {
    if (!cursor.current || items.length - at > LOAD_BELOW || more.current) return;
    more.current = true;
    load()
      .then(take)
      .catch(() => undefined) // the next decision tries again
      .finally(() => {
        more.current = false;
      });
  }, [at, items.length]);
  const replace = (one) => setItems((before) => before.map((old) => (pictureKey(old) === pictureKey(one) ? { ...one, known: Date.now() } : old)));
  return { ...first, items, at, setAt, replace, more: Boolean(cursor.current) };
}

function Desk({ queue: { items, at, setAt, replace, more } }) {
  const current = items[at];
  const next = items[at + 1];
  useFresh(current, replace);
  usePreloaded(next);
  const [decide, busy] = useAction(async (_, verdict) => {
    const now = await review(current, verdict);
    replace({ ...now, Regions: now.Regions ?? current.Regions });
    setAt(at + 1);
  });
  const back = () => setAt(Math.max(0, at - 1));
  const skip = () => setAt(Math.min(items.length, at + 1));
  useKeys({ u: back, ArrowLeft: back, ArrowRight: skip });
  const decided = items.filter(({ Review }) => Review).length;
  const tools = html`
    <div class="row review-tools">
      <button class="small" onClick=${back} aria-disabled=${at ? undefined : "true"} aria-keyshortcuts="u"><${Icon} name="undo" />Back <kbd>U</kbd></button>
      <button class="small" onClick=${skip} aria-disabled=${current ? undefined : "true"} aria-keyshortcuts="ArrowRight">Skip<${Icon} name="next" /></button>
    </div>
  `;
  return html`
    <p class="unseen" role="status">${current ? `Picture ${at + 1}: ${current.ImageId}` : "The queue is empty"}</p>
    ${current
      ? html`
          <div class="inspection">
            <${Viewer} inspection=${current} />
            <div class="stack">
              <section class="card padded stack" aria-label="Decision">
                <${Verdict} verdict=${current.Verdict} confidence=${current.Confidence} large />
                ${current.Reason && html`<p>${reasonWords(current.Reason)}</p>`}
                <${Reviewed} review=${current.Review} />
                <${Decide} inspection=${current} busy=${busy} decide=${decide} />
                ${tools}
              </section>
              <section class="card padded stack" aria-label="Picture">
                <dl class="facts">
                  <dt>Picture</dt><dd><a href=${inspectionLink(current)}>${current.ImageId}</a></dd>
                  <dt>Line</dt><dd>${current.Line}, ${current.Facility}</dd>
                  <dt>Camera</dt><dd>${current.CameraId}</dd>
                  <dt>Captured</dt><dd>${format.dateTime(current.CapturedAt)}</dd>
                </dl>
              </section>
            </div>
          </div>
        `
      : html`<${Done} /><div class="row centred">${tools}</div>`}
    <p class="muted small list-count">${format.count(decided, "decision")} now, ${format.integer(items.length - at)}${more ? " or more" : ""} to go</p>
    <ol class="queue" aria-label="The queue">
      ${items.slice(Math.max(0, at - 3), at + 12).map(
        (one) => html`<li key=${pictureKey(one)}><${Thumbnail} inspection=${one} current=${one === current} /></li>`,
      )}
    </ol>
  `;
}

/** Addresses of pictures last minutes; a queue may wait longer than that. */
function useFresh(item, replace) {
  useEffect(() => {
    if (!item || Date.now() - item.known < ADDRESSES_LAST_MS) return;
    get("control", path`/sightline/inspections/${item.CameraId}/${item.ImageId}`)
      .then(({ Inspection }) => replace(Inspection))
      .catch((error) => toast.failed(error));
  }, [item && pictureKey(item)]);
}

/** The next picture is there before it is asked for. */
function usePreloaded(item) {
  useEffect(() => {
    for (const url of [item?.PictureUrl, item?.MapUrl]) {
      if (url) new Image().src = url;
    }
  }, [item && pictureKey(item)]);
}
