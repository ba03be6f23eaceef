/** One line's day: every picture, by verdict and camera. */
import { html, useEffect, useState } from "../lib/html.js";
import { get } from "../lib/api.js";
import * as format from "../lib/format.js";
import { href, useQuery } from "../lib/router.js";
import { leaveTrail } from "../lib/trail.js";
import { useAction, useResource } from "../lib/use.js";
import { Choice, Field } from "../ui/form.js";
import { Page } from "../ui/page.js";
import { Thumbnail, pictureKey } from "../ui/picture.js";
import { Empty, Resource } from "../ui/states.js";

const AT_ONCE = 100;
const VERDICTS = [
  { value: "", label: "All" },
  { value: "anomalous", label: "Defects" },
  { value: "normal", label: "Normal" },
  { value: "not_inspected", label: "Not inspected" },
];

export default function Line() {
  const [query, change] = useQuery();
  const { facility, line, verdict = "", camera = "", day = "" } = query;
  const names = useResource(
    (signal) => get("control", "/sightline/lines", { query: { facility, line, latest: 0, counts: false }, signal }),
    [facility, line],
  );
  const known = names.data?.Lines[0];
  const cameras = known?.Cameras ?? [];
  const tools = html`
    <${Choice} label="Verdict" value=${verdict} choices=${VERDICTS} onChange=${(value) => change({ verdict: value })} />
    ${cameras.length > 1 &&
    html`<${Field} label="Camera" value=${camera} onInput=${(value) => change({ camera: value })} options=${[{ value: "", label: "All" }, ...cameras.map(({ CameraId, Name }) => ({ value: CameraId, label: Name || CameraId }))]} />`}
    <${Field} label="Day (UTC)" type="date" value=${day || today()} max=${today()} onInput=${(value) => change({ day: value === today() ? "" : value })} />
  `;
  return html`
    <${Page} title=${known?.LineName || line || "Line"} lead=${html`<a href=${href("lines", { facility: undefined })}>Lines</a> · ${known?.FacilityName || facility}`} tools=${tools}>
      <${Pictures} key=${`${facility}/${line}/${camera}/${verdict}/${day}`} query=${{ facility, line, camera, verdict, day }} />
    <//>
  `;
}

function Pictures({ query: { facility, line, camera, verdict, day } }) {
  // A camera's list is not its line's: the service takes one of the two.
  const where = camera ? { camera } : { facility, line };
  const [pages, setPages] = useState([]);
  const load = (cursor, signal) =>
    get("control", "/sightline/inspections", { query: { ...where, verdict, day, limit: AT_ONCE, cursor }, signal });
  const first = useResource((signal) => load(undefined, signal), []);
  useEffect(() => first.data && setPages([first.data]), [first.data]);
  const cursor = pages.at(-1)?.NextCursor;
  const [more, busy] = useAction(async () => setPages([...pages, await load(cursor)]));
  const found = pages.flatMap(({ Inspections }) => Inspections);
  useEffect(() => leaveTrail(found), [pages]);
  return html`
    <${Resource} of=${first} rows=${4} empty=${() => pages.length > 0 && !found.length && !cursor} nothing=${html`<${Nothing} />`}>
      ${() => html`
        <p class="muted small list-count" role="status">${format.count(found.length, "picture")}${cursor ? " so far" : ""}</p>
        <ul class="gallery">
          ${found.map(
            (inspection) => html`
              <li key=${pictureKey(inspection)}>
                <${Thumbnail} inspection=${inspection} />
                <span class="gallery-time">${format.time(inspection.CapturedAt)}</span>
              </li>
            `,
          )}
        </ul>
        ${cursor && html`<p class="more"><button onClick=${() => more(cursor)} aria-busy=${busy ? "true" : undefined}>Show more</button></p>`}
      `}
    <//>
  `;
}

const Nothing = () => html`<${Empty} title="No such pictures">Choose another day, camera or verdict.<//>`;
const today = () => new Date().toISOString().slice(0, 10);
