/** Pictures of parts: small ones in lists, and the large one under its heat map. */
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { href } from "../lib/router.js";
import * as format from "../lib/format.js";
import { Icon } from "./icons.js";
import { finalVerdict, verdictWord } from "./verdict.js";

export const pictureKey = ({ CameraId, ImageId }) => `${CameraId}#${ImageId}`;
export const inspectionLink = ({ CameraId, ImageId }, more = {}) => href("inspection", { camera: CameraId, image: ImageId, ...more });

/**
 * The first of a picture's addresses, for as long as it works: each answer signs a new one, and
 * what is shown already need not be loaded again. `[address, failed, onError]`.
 */
export function useFirstUrl(key, url) {
  const kept = useRef({ key, url });
  const [, redraw] = useState(0);
  if (kept.current.key !== key || !kept.current.url) kept.current = { key, url };
  const onError = () => {
    const stale = kept.current.url !== url;
    kept.current = { key, url: stale ? url : null, broken: !stale };
    redraw((count) => count + 1);
  };
  return [kept.current.url, Boolean(kept.current.broken) || !url, onError];
}

/** A picture in a list, framed by its verdict; a link to all about it. */
export function Thumbnail({ inspection, link = inspectionLink(inspection), current }) {
  const [url, failed, onError] = useFirstUrl(pictureKey(inspection), inspection.PictureUrl);
  const verdict = finalVerdict(inspection);
  const label = `${verdictWord(verdict)}, ${inspection.CameraId}, ${format.time(inspection.CapturedAt)}`;
  return html`
    <a class="thumbnail" href=${link} data-verdict=${verdict} aria-label=${label} aria-current=${current ? "true" : undefined}>
      ${failed || !url
        ? html`<span class="no-picture"><${Icon} name="not_inspected" /></span>`
        : html`<img src=${url} alt="" loading="lazy" decoding="async" onError=${onError} />`}
      <span class="thumbnail-verdict"><${Icon} name=${verdict} /></span>
      ${inspection.Review && html`<span class="thumbnail-review"><${Icon} name="user" /></span>`}
    </a>
  `;
}

/**
 * A picture, its heat map above it, and its regions. `heat` is the map's opacity, 0 to 1.
 * The room it takes is known before it is loaded.
 */
export function Picture({ inspection, heat = 0, regions = true, priority = "auto", alt }) {
  const key = pictureKey(inspection);
  const [url, failed, onError] = useFirstUrl(key, inspection.PictureUrl);
  const [map, , mapError] = useFirstUrl(`${key} map`, inspection.MapUrl);
  const [loaded, setLoaded] = useState("");
  const width = inspection.Width || 4;
  const height = inspection.Height || 3;
  useEffect(() => setLoaded(""), [key]);
  return html`
    <figure class="picture" style=${{ aspectRatio: `${width} / ${height}`, "--ratio": width / height }} aria-busy=${loaded === key || failed ? undefined : "true"}>
      ${failed || !url
        ? html`<span class="no-picture"><${Icon} name="not_inspected" /> The picture is not there any more.</span>`
        : html`<img
            key=${key}
            src=${url}
            alt=${alt ?? `Picture ${inspection.ImageId} of camera ${inspection.CameraId}`}
            width=${width}
            height=${height}
            fetchpriority=${priority}
            onLoad=${() => setLoaded(key)}
            onError=${onError}
          />`}
      <${HeatColours} />
      ${map && html`<img class="heat" key=${`${key}-map`} src=${map} alt="" style=${{ opacity: heat }} onError=${mapError} />`}
      ${regions && inspection.Regions?.length > 0 && html`<${Regions} inspection=${inspection} />`}
    </figure>
  `;
}

/** Maps are grey: the brighter, the hotter. Dark becomes clear, bright yellow, brightest red. */
export const HeatColours = () => html`
  <svg class="heat-colours" width="0" height="0" aria-hidden="true">
    <filter id="heat" color-interpolation-filters="sRGB">
      <feColorMatrix type="matrix" values="1 0 0 0 0  1 0 0 0 0  1 0 0 0 0  1 0 0 0 0" />
      <feComponentTransfer>
        <feFuncR type="table" tableValues="1 1 1 0.9" />
        <feFuncG type="table" tableValues="0.9 0.75 0.35 0" />
        <feFuncB type="table" tableValues="0.3 0.1 0 0.1" />
        <feFuncA type="table" tableValues="0 0.25 0.75 1" />
      </feComponentTransfer>
    </filter>
  </svg>
`;

function Regions({ inspection: { Width, Height, Regions: found } }) {
  return html`
    <svg class="regions" viewBox=${`0 0 ${Width} ${Height}`} preserveAspectRatio="none" aria-hidden="true">
      ${found.map(({ X, Y, Width: w, Height: h }) => html`<rect x=${X} y=${Y} width=${w} height=${h} rx="2" />`)}
    </svg>
  `;
}
