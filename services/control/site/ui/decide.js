/** Confirming and overruling: two buttons and their keys, the same wherever a picture is judged. */
import { html } from "../lib/html.js";
import { useMay } from "../lib/may.js";
import { opposite } from "../lib/reviews.js";
import { useKeys } from "../lib/use.js";
import { ActionButton } from "./form.js";
import { Icon } from "./icons.js";
import { verdictWord } from "./verdict.js";

/**
 * @param {{inspection: object, busy: boolean, decide: (verdict: string) => void}} props
 */
export function Decide({ inspection, busy, decide }) {
  const may = useMay("POST", "/sightline/inspections/x/x/review");
  const { Verdict, Review } = inspection;
  const other = opposite(Verdict);
  const act = (verdict) => () => verdict && may.allowed && !busy && decide(verdict);
  useKeys({ c: act(other && Verdict), o: act(other), n: act("normal"), d: act("anomalous") });
  const button = (verdict, key, text, icon) => html`
    <${ActionButton}
      class="large decision"
      data-verdict=${verdict}
      aria-pressed=${String(Review?.Verdict === verdict)}
      aria-keyshortcuts=${key}
      busy=${busy}
      reason=${may.reason}
      onClick=${act(verdict)}
    >
      <${Icon} name=${icon} /><span>${text}</span><kbd>${key.toUpperCase()}</kbd>
    <//>
  `;
  return html`
    <div class="decide">
      ${other
        ? html`
            ${button(Verdict, "c", `Confirm: ${verdictWord(Verdict).toLowerCase()}`, "normal")}
            ${button(other, "o", `Overrule: ${verdictWord(other).toLowerCase()}`, "undo")}
          `
        : html`
            ${button("normal", "n", "It is normal", "normal")}
            ${button("anomalous", "d", "It is a defect", "anomalous")}
          `}
      ${may.reason && html`<p class="hint">${may.reason}</p>`}
    </div>
  `;
}
