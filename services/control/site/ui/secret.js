/** Something to copy that is shown once. */
import { html, useState } from "../lib/html.js";
import { toast } from "./toast.js";
import { Icon } from "./icons.js";

export function Secret({ text, label }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      toast.failed(new Error("The browser did not let it be copied. Select it and copy it by hand."));
    }
  };
  return html`
    <div class="secret">
      <code>${text}</code>
      <button class="small" onClick=${copy}><${Icon} name=${copied ? "normal" : "copy"} />${copied ? "Copied" : label}</button>
    </div>
  `;
}
