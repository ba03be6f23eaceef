/** Verdicts, never told by colour alone. */
import { html } from "../lib/html.js";
import * as format from "../lib/format.js";
import { Icon } from "./icons.js";

const WORDS = { normal: "Normal", anomalous: "Defect", not_inspected: "Not inspected" };
const REASONS = {
  no_model: "No model was running.",
  not_an_image: "The file is not a picture.",
  too_small: "The picture is too small.",
  too_large: "The picture is too large.",
  truncated: "The picture is cut short.",
  unsupported: "Pictures of this kind are not supported.",
};

export const verdictWord = (verdict) => WORDS[verdict] ?? verdict;
export const reasonWords = (reason) => REASONS[reason] ?? reason;

/** What counts: a person's verdict where there is one, else the model's. */
export const finalVerdict = ({ Review, Verdict }) => Review?.Verdict ?? Verdict;

/** @param {{verdict: string, confidence?: number | null, large?: boolean}} props */
export function Verdict({ verdict, confidence, large }) {
  return html`
    <span class=${large ? "verdict large" : "verdict"} data-verdict=${verdict}>
      <${Icon} name=${verdict} />
      <span>${verdictWord(verdict)}</span>
      ${confidence != null && html`<span class="sure">${format.percent(confidence)}</span>`}
    </span>
  `;
}

/** What a person said of a verdict. */
export function Reviewed({ review }) {
  if (!review) return null;
  const word = review.Outcome === "confirmed" ? "Confirmed" : "Overruled";
  return html`<span class="reviewed" data-outcome=${review.Outcome}><${Icon} name="user" /> ${word} by ${review.By}</span>`;
}
