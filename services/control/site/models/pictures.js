/** Pictures of an evaluation set: what people say they are, and what the model makes of them. */
import { html, useState } from "../lib/html.js";
import * as format from "../lib/format.js";
import { Dialog } from "../ui/dialog.js";
import { Icon } from "../ui/icons.js";
import { Looks } from "../ui/looks.js";
import { useFirstUrl } from "../ui/picture.js";

/** The wrong verdicts of which the model is most sure. */
export function Mistakes({ project, version, mistakes }) {
  const words = ({ Label, Confidence }) => `${Label === "anomaly" ? "Missed defect" : "False alarm"}, ${format.percent(Confidence)} sure`;
  return html`
    <section class="card padded stack" aria-labelledby="mistakes">
      <div>
        <h2 id="mistakes">Worst mistakes</h2>
        <p class="hint">${mistakes.length ? "What it calls wrongly at the threshold in use, and was most sure of. Sometimes it is the label that is wrong." : "It calls every picture of the evaluation set rightly at the threshold in use."}</p>
      </div>
      ${mistakes.length > 0 && html`<${Tiles} project=${project} version=${version} pictures=${mistakes} words=${words} right=${() => false} />`}
    </section>
  `;
}

/**
 * @param {{project: string, version: string, pictures: object[], words: (picture: object) => string,
 *   right: (picture: object) => boolean}} props `version` is the one whose heat map a large picture has
 */
export function Tiles({ project, version, pictures, words, right }) {
  const [large, setLarge] = useState(null);
  return html`
    <ul class="gallery">
      ${pictures.map((picture) => html`<li key=${picture.SourceRef}><${Tile} picture=${picture} words=${words(picture)} right=${right(picture)} onOpen=${() => setLarge(picture)} /></li>`)}
    </ul>
    ${large && html`<${Large} project=${project} version=${version} picture=${large} words=${words(large)} onClose=${() => setLarge(null)} />`}
  `;
}

function Tile({ picture, words, right, onOpen }) {
  const [url, failed, onError] = useFirstUrl(picture.SourceRef, picture.PictureUrl);
  return html`
    <button class="evaluated" onClick=${onOpen} aria-haspopup="dialog">
      <span class="thumbnail" data-verdict=${right ? "normal" : "anomalous"}>
        ${failed ? html`<span class="no-picture"><${Icon} name="not_inspected" /></span>` : html`<img src=${url} alt="" loading="lazy" decoding="async" onError=${onError} />`}
        <span class="thumbnail-verdict"><${Icon} name=${right ? "normal" : "anomalous"} /></span>
      </span>
      <span class="evaluated-words">${words}</span>
    </button>
  `;
}

function Large({ project, version, picture, words, onClose }) {
  const { SourceRef, Score, Confidence, Label } = picture;
  return html`
    <${Dialog} title=${words} onClose=${onClose} wide>
      <${Looks} project=${project} versions=${[version]} picture=${picture} said=${{}} />
      <dl class="facts">
        <dt>Labelled</dt><dd>${Label === "anomaly" ? "Defect" : "Normal"}</dd>
        <dt>Score</dt><dd>${format.decimal(Score, 4)}, ${format.percent(Confidence)} sure at the threshold in use</dd>
        <dt>Picture</dt><dd>${SourceRef}</dd>
      </dl>
    <//>
  `;
}
