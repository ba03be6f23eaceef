/** All lines as they are now: the last pictures with their verdicts, counts, and who is silent. */
import { html, useEffect, useRef } from "../lib/html.js";
import { get } from "../lib/api.js";
import * as format from "../lib/format.js";
import { href, useQuery } from "../lib/router.js";
import { now as serverNow } from "../lib/session.js";
import { leaveTrail } from "../lib/trail.js";
import { useNow, useResource } from "../lib/use.js";
import { Choice } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { Thumbnail, pictureKey } from "../ui/picture.js";
import { Empty, Resource } from "../ui/states.js";

const SHOWN = 12;
const EVERY_MS = 2000;
const COUNTS_EVERY = 10; // counting costs the service reads
const RUNNING_SECONDS = 90;

export default function Lines() {
  const [query, change] = useQuery();
  const lines = useLines();
  const facilities = lines.data ? facilitiesOf(lines.data.Lines) : [];
  const tools = facilities.length > 1 && html`
    <${Choice}
      label="Facility"
      value=${query.facility ?? ""}
      choices=${[{ value: "", label: "All" }, ...facilities]}
      onChange=${(facility) => change({ facility })}
    />
  `;
  return html`
    <${Page} title="Lines" lead="What the cameras send now, and what the models say of it." tools=${tools}>
      <${Resource} of=${lines} rows=${3} empty=${({ Lines: all }) => !all.length} nothing=${html`<${NoLines} />`}>
        ${({ Lines: all }) => {
          const shown = all.filter(({ Facility }) => !query.facility || Facility === query.facility);
          return html`
            <${Announcer} lines=${shown} />
            <div class="lines">${shown.map((line) => html`<${Line} key=${`${line.Facility}/${line.Line}`} line=${line} />`)}</div>
          `;
        }}
      <//>
    <//>
  `;
}

const NoLines = () => html`
  <${Empty} icon="cameras" title="No line has a camera yet">
    Register a camera on the <a href=${href("cameras")}>Cameras</a> page; its line appears here.
  <//>
`;

/** The lines, every two seconds; their counts come along now and then and are kept in between. */
function useLines() {
  const polls = useRef(0);
  const counts = useRef(new Map());
  return useResource(
    async (signal) => {
      const withCounts = polls.current % COUNTS_EVERY === 0;
      polls.current += 1;
      const query = { latest: SHOWN, counts: withCounts };
      const answer = await get("control", "/sightline/lines", { query, signal, conditional: true });
      for (const line of answer.Lines) {
        const key = `${line.Facility}/${line.Line}`;
        if (line.Counts) counts.current.set(key, line.Counts);
      }
      const lines = answer.Lines.map((line) => ({ ...line, Counts: counts.current.get(`${line.Facility}/${line.Line}`) ?? null }));
      return { ...answer, Lines: lines };
    },
    [],
    { every: EVERY_MS },
  );
}

function Line({ line }) {
  const now = useNow() - Date.now() + serverNow();
  const { Facility, FacilityName, Line: id, LineName, Latest, Cameras, Counts } = line;
  const slots = Array.from({ length: SHOWN }, (_, index) => Latest[index]);
  return html`
    <section class="card line" aria-labelledby=${`line-${Facility}-${id}`}>
      <header>
        <div>
          <h2 id=${`line-${Facility}-${id}`}><a href=${href("line", { facility: Facility, line: id })}>${LineName || id}</a></h2>
          <p class="muted small">${FacilityName || Facility}</p>
        </div>
        <${State} line=${line} now=${now} />
      </header>
      <dl class="figures">
        <${Figure} name="Pictures today" value=${format.integer(Counts?.Today.Total)} more=${Counts?.Today.Complete === false ? "or more" : ""} />
        <${Figure} name="Defects today" value=${format.integer(Counts?.Today.Anomalous)} more=${Counts ? share(Counts.Today) : ""} />
        <${Figure} name="Defects last hour" value=${format.integer(Counts?.LastHour.Anomalous)} more=${Counts ? share(Counts.LastHour) : ""} />
        <${Figure} name="Per minute" value=${format.decimal(rate(Latest, now), 1)} />
      </dl>
      <div class="strip" onClickCapture=${() => leaveTrail(Latest)}>
        ${slots.map((inspection, index) =>
          inspection
            ? html`<${Thumbnail} key=${pictureKey(inspection)} inspection=${inspection} />`
            : html`<span key=${`none-${index}`} class="thumbnail-slot"></span>`,
        )}
      </div>
      <ul class="line-cameras">${Cameras.map((camera) => html`<${CameraLamp} key=${camera.CameraId} camera=${camera} now=${now} />`)}</ul>
    </section>
  `;
}

const Figure = ({ name, value, more }) => html`<div class="figure"><dt>${name}</dt><dd>${value} <small>${more}</small></dd></div>`;

function State({ line: { Cameras, Latest }, now }) {
  const silent = Cameras.filter(({ SilentSince }) => SilentSince).length;
  const age = Latest[0] ? (now - new Date(Latest[0].CapturedAt)) / 1000 : Infinity;
  if (silent) return html`<span class="badge" data-kind="warn"><${Icon} name="anomalous" />${format.count(silent, "silent camera")}</span>`;
  if (age < RUNNING_SECONDS) return html`<span class="badge" data-kind="good"><span class="lamp" data-kind="good"></span>Running</span>`;
  return html`<span class="badge"><span class="lamp"></span>Standing still</span>`;
}

function CameraLamp({ camera: { CameraId, Name, LastSeenAt, SilentSince }, now }) {
  const kind = SilentSince ? "warn" : LastSeenAt ? "good" : "";
  const said = SilentSince
    ? `silent for ${format.duration((now - new Date(SilentSince)) / 1000)}`
    : LastSeenAt
      ? `seen ${format.ago(LastSeenAt, now)}`
      : "never seen";
  return html`
    <li>
      <span class="lamp" data-kind=${kind}></span>
      <a href=${href("cameras", { camera: CameraId })}>${Name || CameraId}</a>
      <span class="muted">${said}</span>
    </li>
  `;
}

/** Tells new defects to those who do not see them, at most the latest of each look. */
function Announcer({ lines }) {
  const seen = useRef(null);
  const element = useRef(null);
  const defects = lines.flatMap(({ Latest, LineName, Line: id }) =>
    Latest.filter(({ Verdict }) => Verdict === "anomalous").map((found) => ({ ...found, line: LineName || id })),
  );
  useEffect(() => {
    const fresh = seen.current && defects.filter((found) => !seen.current.has(pictureKey(found)));
    if (fresh?.length) {
      const [{ line, Confidence }] = fresh;
      element.current.textContent = `Defect on ${line}, ${format.percent(Confidence)} sure`;
    }
    seen.current = new Set(defects.map(pictureKey));
  });
  return html`<p class="unseen" role="status" ref=${element}></p>`;
}

/** Pictures per minute, from the distances of the latest; 0 when none came lately. */
function rate(latest, now) {
  if (latest.length < 2) return latest.length ? 0 : undefined;
  const times = latest.map(({ CapturedAt }) => new Date(CapturedAt).getTime());
  const oldest = times[times.length - 1];
  const seconds = Math.max(now - oldest, 1000) / 1000;
  return now - times[0] > RUNNING_SECONDS * 1000 ? 0 : (60 * (latest.length - 1)) / seconds;
}

function share({ Anomalous, Normal }) {
  const inspected = Anomalous + Normal;
  return inspected ? format.percent(Anomalous / inspected, 1) : "";
}

function facilitiesOf(lines) {
  const names = new Map(lines.map(({ Facility, FacilityName }) => [Facility, FacilityName || Facility]));
  return [...names].map(([value, label]) => ({ value, label }));
}
