/** One picture: what the model says of it and where, what people said, and all that is known. */
import { html, useEffect, useState } from "../lib/html.js";
import { get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { href, navigate, useQuery } from "../lib/router.js";
import { opposite, review } from "../lib/reviews.js";
import { neighbours } from "../lib/trail.js";
import { useAction, useKeys, useResource } from "../lib/use.js";
import { Decide } from "../ui/decide.js";
import { Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { inspectionLink, pictureKey } from "../ui/picture.js";
import { Empty, Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";
import { Verdict, reasonWords, verdictWord } from "../ui/verdict.js";
import { Viewer } from "../ui/viewer.js";

export default function InspectionPage() {
  const [{ camera, image }] = useQuery();
  const found = useResource(
    async (signal) => (await get("control", path`/sightline/inspections/${camera}/${image}`, { signal })).Inspection,
    [camera, image],
  );
  if (!camera || !image) {
    return html`<${Page} title="Inspection"><${Empty} title="Which picture?">Choose one on the <a href=${href("lines")}>Lines</a> page.<//><//>`;
  }
  return html`
    <${Page} title=${image} lead=${found.data && html`<${Where} inspection=${found.data} />`} tools=${html`<${Neighbours} inspection=${found.data} />`}>
      <${Resource} of=${found} rows=${5}>
        ${(inspection) => html`<${One} key=${pictureKey(inspection)} inspection=${inspection} onChange=${found.set} />`}
      <//>
    <//>
  `;
}

const Where = ({ inspection: { Facility, Line, CameraId, CapturedAt } }) => html`
  <a href=${href("line", { facility: Facility, line: Line })}>${Line}</a> · ${CameraId} · ${format.dateTime(CapturedAt)}
`;

/** The pictures before and after, by button and by arrow key. */
function Neighbours({ inspection }) {
  const beside = useResource((signal) => (inspection ? neighbours(inspection, signal) : {}), [inspection && pictureKey(inspection)]);
  const { previous, next } = beside.data ?? {};
  const go = (one) => () => one && navigate(inspectionLink(one), { replace: true });
  useKeys({ ArrowLeft: go(previous), ArrowRight: go(next) });
  const button = (one, icon, label, key) => html`
    <button class="small" aria-keyshortcuts=${key} aria-disabled=${one ? undefined : "true"} onClick=${go(one)}>
      ${icon === "previous" && html`<${Icon} name="previous" />`}${label}${icon === "next" && html`<${Icon} name="next" />`}
    </button>
  `;
  return html`${button(previous, "previous", "Previous", "ArrowLeft")}${button(next, "next", "Next", "ArrowRight")}`;
}

function One({ inspection, onChange }) {
  const { Verdict: verdict, Confidence, Severity, Reason, Explanation, Review } = inspection;
  const [note, setNote] = useState(Review?.Note ?? "");
  useEffect(() => setNote(Review?.Note ?? ""), [Review?.Version]);
  const [decide, busy] = useAction(async (_, said) => {
    const now = await review(inspection, said, note);
    onChange(now);
    toast.done(`${now.Review.Outcome === "confirmed" ? "Confirmed" : "Overruled"}: ${verdictWord(said).toLowerCase()}.`);
  });
  return html`
    <div class="inspection">
      <${Viewer} inspection=${inspection} />
      <div class="stack">
        <section class="card padded stack" aria-label="Verdict">
          <div class="verdict-head">
            <${Verdict} verdict=${verdict} large />
            ${Severity !== "none" && html`<span class="badge">${Severity} severity</span>`}
          </div>
          ${Confidence !== null && html`<${Sureness} confidence=${Confidence} />`}
          ${(Explanation || Reason) && html`<p>${Explanation || reasonWords(Reason)}</p>`}
        </section>
        <section class="card padded stack" aria-labelledby="decision">
          <h2 id="decision">${Review ? "Your team's decision" : opposite(verdict) ? "Is the model right?" : "What is it?"}</h2>
          ${Review && html`<${Said} review=${Review} />`}
          <${Decide} inspection=${inspection} busy=${busy} decide=${decide} />
          <${Field} label="Note" hint="Optional; it is kept with the decision" maxlength="500" value=${note} onInput=${setNote} />
        </section>
        <${Known} inspection=${inspection} />
        ${inspection.History.length > 1 && html`<${History} history=${inspection.History} />`}
      </div>
    </div>
  `;
}

/** How sure the model is; half sure is no better than tossing a coin. */
function Sureness({ confidence }) {
  return html`
    <div class="sureness">
      <label for="sureness">Confidence</label>
      <strong>${format.percent(confidence, 1)}</strong>
      <meter id="sureness" min="0.5" low="0.7" high="0.9" optimum="1" max="1" value=${confidence}></meter>
    </div>
  `;
}

const Said = ({ review: { Outcome, Verdict: verdict, By, At, Note } }) => html`
  <div class="said">
    <p><${Verdict} verdict=${verdict} /> ${Outcome} by <strong>${By}</strong></p>
    <p class="muted small">${format.dateTime(At)}</p>
    ${Note && html`<p>“${Note}”</p>`}
  </div>
`;

function Known({ inspection }) {
  const { Project, ModelVersion, Score, Threshold, Width, Height, RecordedAt, DetectMs, Regions, Metadata, Facility } = inspection;
  const facts = [
    ["Facility", Facility],
    ["Model", ModelVersion ? `${Project}, version ${ModelVersion}` : Project],
    ["Score", Score === null ? null : `${format.decimal(Score, 3)} (defect from ${format.decimal(Threshold, 3)})`],
    ["Regions", Regions.length ? Regions.map((region) => region.Label || format.percent(region.Area, 2)).join(", ") : null],
    ["Size", Width ? `${format.integer(Width)} × ${format.integer(Height)} pixels` : null],
    ["Recorded", format.dateTime(RecordedAt)],
    ["Detection took", DetectMs === null ? null : `${format.decimal(DetectMs, 0)} ms`],
    ...Object.entries(Metadata),
  ].filter(([, value]) => value !== null && value !== undefined);
  return html`
    <section class="card padded stack" aria-labelledby="known">
      <h2 id="known">Details</h2>
      <dl class="facts">${facts.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>
    </section>
  `;
}

const History = ({ history }) => html`
  <section class="card padded stack" aria-labelledby="history">
    <h2 id="history">History</h2>
    <ol class="history">${history.toReversed().map((one) => html`<li key=${one.Version}><${Said} review=${one} /></li>`)}</ol>
  </section>
`;
