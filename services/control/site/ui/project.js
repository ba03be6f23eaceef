/** Which project a page is about, and making a new one. */
import { html, useState } from "../lib/html.js";
import { call } from "../lib/api.js";
import { useMay } from "../lib/may.js";
import { useAction, useDraft } from "../lib/use.js";
import { Dialog } from "./dialog.js";
import { ActionButton, Field } from "./form.js";
import { Icon } from "./icons.js";
import { toast } from "./toast.js";

/** The choice of a project among those there are. @param {{projects: object, value?: string, onChange: (name: string) => void}} props */
export function ProjectChoice({ projects, value, onChange }) {
  if (!projects.data?.length) return null;
  const known = !value || projects.data.includes(value) ? projects.data : [value, ...projects.data];
  return html`<${Field} label="Project" value=${value} options=${known} onInput=${onChange} />`;
}

/** A button, and the dialog behind it. @param {{primary?: boolean, onMade: (name: string) => void}} props */
export function NewProject({ primary, onMade }) {
  const may = useMay("POST", "/2020-11-20/projects");
  const [open, setOpen] = useState(false);
  const [name, setName, forget] = useDraft("project", "");
  const [make, busy] = useAction(async (token, wanted) => {
    await call("control", "POST", "/2020-11-20/projects", { body: { ProjectName: wanted }, token });
    toast.done(`Project ${wanted} is there.`);
    forget();
    setOpen(false);
    onMade(wanted);
  });
  const submit = (event) => (event.preventDefault(), make(name.trim()));
  return html`
    <${ActionButton} class=${primary ? "primary" : ""} reason=${may.reason} onClick=${() => setOpen(true)}><${Icon} name="add" />New project<//>
    ${open &&
    html`
      <${Dialog} title="New project" onClose=${() => setOpen(false)}>
        <form class="form" onSubmit=${submit}>
          <p>One kind of part, seen in one way: it has its own pictures, and its own model.</p>
          <${Field} label="Name" hint="Letters, digits, - and _; it cannot be changed later." required pattern="[a-zA-Z0-9][a-zA-Z0-9_\\-]*" maxlength="255"
            autocapitalize="none" spellcheck=${false} value=${name} onInput=${setName} />
          <footer>
            <button type="button" class="quiet" onClick=${() => setOpen(false)}>Cancel</button>
            <${ActionButton} class="primary" busy=${busy}>Make it<//>
          </footer>
        </form>
      <//>
    `}
  `;
}
