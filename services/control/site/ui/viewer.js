/** The large picture with what can be laid over it; how much of it is remembered in this tab. */
import { html, useState } from "../lib/html.js";
import { useDraft, useKeys } from "../lib/use.js";
import { Check } from "./form.js";
import { Picture } from "./picture.js";

/** @param {{inspection: object, children?: any}} props children are shown beside the controls */
export function Viewer({ inspection, children }) {
  const [heat, setHeat] = useDraft("heat", 0.6);
  const [regions, setRegions] = useDraft("regions", true);
  const [before, setBefore] = useState(0.6);
  const toggleHeat = () => {
    if (heat > 0) setBefore(heat);
    setHeat(heat > 0 ? 0 : before);
  };
  useKeys({ h: toggleHeat, r: () => setRegions(!regions) });
  return html`
    <div class="viewer">
      <div class="stage">
        <${Picture} inspection=${inspection} heat=${heat} regions=${regions} priority="high" />
      </div>
      <div class="viewer-tools">
        <label class="heat-slider">
          <span>Heat map <kbd>H</kbd></span>
          <input
            type="range"
            min="0"
            max="1"
            step="0.05"
            value=${heat}
            disabled=${!inspection.MapUrl}
            onInput=${(event) => setHeat(Number(event.currentTarget.value))}
          />
        </label>
        <${Check} label=${html`Regions <kbd>R</kbd>`} checked=${regions} onInput=${setRegions} />
        ${children}
      </div>
    </div>
  `;
}
