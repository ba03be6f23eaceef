/** Where people give their pictures: a folder, files, or a drop of either. */
import { html, useId, useState } from "../lib/html.js";
import { chosen, dropped } from "../lib/intake.js";
import { toast } from "./toast.js";
import { Icon } from "./icons.js";

/**
 * @param {{title: string, hint: any, busy?: string, reason?: string, compact?: boolean, onFiles: (files: object[]) => void}} props
 *   `busy` says what is being done with what was given, `reason` why nothing can be given;
 *   `compact` where it is not what the page is about just now
 */
export function Drop({ title, hint, busy, reason, compact, onFiles }) {
  const [over, setOver] = useState(0);
  const id = useId();
  const off = Boolean(busy || reason);
  const take = (files) => (files.length ? onFiles(files) : toast.failed(new Error("There are no files in it.")));
  const drop = async (event) => {
    event.preventDefault();
    setOver(0);
    if (!off) take(await dropped(event.dataTransfer));
  };
  const drag = {
    onDragEnter: (event) => (event.preventDefault(), setOver((depth) => depth + 1)),
    onDragOver: (event) => event.preventDefault(),
    onDragLeave: () => setOver((depth) => Math.max(0, depth - 1)),
    onDrop: drop,
  };
  return html`
    <section class=${compact ? "drop compact" : "drop"} data-over=${String(over > 0 && !off)} aria-labelledby=${id} ...${drag}>
      <${Icon} name="upload" />
      <h2 id=${id}>${title}</h2>
      <p class="muted">${hint}</p>
      <div class="row centred">
        <${Chooser} label="Choose a folder" folder off=${off} onFiles=${take} />
        <${Chooser} label="Choose files" off=${off} onFiles=${take} />
      </div>
      <p class="small" role="status">${busy || reason}</p>
    </section>
  `;
}

function Chooser({ label, folder, off, onFiles }) {
  const take = ({ currentTarget: input }) => {
    const files = chosen(input);
    input.value = ""; // the same folder may be chosen again
    onFiles(files);
  };
  const more = folder ? { webkitdirectory: true } : { accept: "image/png,image/jpeg" };
  return html`
    <label class="button chooser" aria-disabled=${off ? "true" : undefined}>
      <input type="file" multiple disabled=${off} onChange=${take} ...${more} />
      <span>${label}</span>
    </label>
  `;
}
