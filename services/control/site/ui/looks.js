/** A picture as versions of a model see it: their verdicts, and where they see defects. */
import { html, useEffect, useState } from "../lib/html.js";
import { get, path } from "../lib/api.js";
import { useDraft, useKeys, useResource } from "../lib/use.js";
import { Picture } from "./picture.js";
import { Verdict } from "./verdict.js";

const KEPT = 200;
const AT_ONCE = 4;
const known = new Map();
const turns = [];
let free = AT_ONCE;

/** What a version says of a picture: `{verdict, confidence, mapUrl}`; asked for once, a few at a time. */
export async function look(project, version, sourceRef, signal) {
  const key = `${project}/${version}/${sourceRef}`;
  if (known.has(key)) return known.get(key);
  if (free > 0) free -= 1;
  else await new Promise((resolve) => turns.push(resolve));
  try {
    if (!known.has(key)) {
      const answer = await get("control", path`/sightline/projects/${project}/models/${version}/look`, { query: { source: sourceRef }, signal });
      known.set(key, { verdict: answer.IsAnomalous ? "anomalous" : "normal", confidence: answer.Confidence, mapUrl: mapUrl(answer.HeatMap) });
      if (known.size > KEPT) forgetFirst();
    }
    return known.get(key);
  } finally {
    const next = turns.pop(); // who asked last is being looked at now
    if (next) next();
    else free += 1;
  }
}

function forgetFirst() {
  const [key, { mapUrl }] = known.entries().next().value;
  if (mapUrl) URL.revokeObjectURL(mapUrl);
  known.delete(key);
}

function mapUrl(base64) {
  if (!base64) return null;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
}

/** A picture's size in pixels, once it is loaded. */
function useSize(url) {
  const [size, setSize] = useState(null);
  useEffect(() => {
    const image = new Image();
    image.onload = () => setSize({ Width: image.naturalWidth, Height: image.naturalHeight });
    image.src = url ?? "";
    return () => {
      image.onload = null;
    };
  }, [url]);
  return size ?? { Width: 4, Height: 3 };
}

/** A picture with a version's heat map over it, if there is a version; `heat` is the map's opacity, 0 to 1. */
export function Look({ project, version, picture, heat, quiet }) {
  const { SourceRef, PictureUrl } = picture;
  const size = useSize(PictureUrl);
  const seen = useResource(async (signal) => version && look(project, version, SourceRef, signal), [project, version, SourceRef]);
  const inspection = { CameraId: version, ImageId: SourceRef, ...size, PictureUrl, MapUrl: seen.data?.mapUrl };
  return html`
    <div class="look" aria-busy=${seen.loading ? "true" : undefined}>
      <${Picture} inspection=${inspection} heat=${heat} alt=${quiet ? "" : nameOf(SourceRef)} />
      ${!quiet && seen.error && html`<p class="field-error">No heat map: ${seen.error.message}</p>`}
      ${!quiet && seen.data && !seen.data.mapUrl && html`<p class="hint">Version ${version} runs at an endpoint, which makes no heat maps.</p>`}
    </div>
  `;
}

/**
 * The large picture, once for each version, under one slider.
 * @param {{project: string, versions: string[], picture: {SourceRef: string, PictureUrl: string},
 *   said: Record<string, {verdict: string, confidence: number}>, children?: any}} props
 */
export function Looks({ project, versions, picture, said, children }) {
  const [heat, setHeat] = useDraft("heat", 0.6);
  const [before, setBefore] = useState(0.6);
  useKeys({
    h: () => {
      if (heat > 0) setBefore(heat);
      setHeat(heat > 0 ? 0 : before);
    },
  });
  return html`
    <div class="viewer">
      <div class="looks" data-count=${versions.length}>
        ${versions.map(
          (version) => html`
            <figure class="stage" key=${version}>
              <${Look} project=${project} version=${version} picture=${picture} heat=${heat} />
              <figcaption>
                ${version && `Version ${version}`}
                ${said[version] && html`<${Verdict} verdict=${said[version].verdict} confidence=${said[version].confidence} />`}
              </figcaption>
            </figure>
          `,
        )}
      </div>
      <div class="viewer-tools">
        <label class="heat-slider">
          <span>Heat map <kbd>H</kbd></span>
          <input type="range" min="0" max="1" step="0.05" value=${heat} onInput=${(event) => setHeat(Number(event.currentTarget.value))} />
        </label>
        ${children}
      </div>
    </div>
  `;
}

/** What people call a picture in S3: its name, without the marks that make it the only one. */
export function nameOf(sourceRef) {
  return sourceRef.split("/").at(-1).replace(/(-[0-9a-f]{16})?-[0-9a-f]{12}(\.\w+)$/, "$2");
}
