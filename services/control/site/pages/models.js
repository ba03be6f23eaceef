/** Models: all projects, one of them, or one version, as the address says. */
import { html } from "../lib/html.js";
import { useQuery } from "../lib/router.js";
import { Projects } from "../models/projects.js";
import { Version } from "../models/version.js";

export default function Models() {
  const [{ project, version }] = useQuery();
  if (project && version) return html`<${Version} key=${`${project}/${version}`} project=${project} version=${version} />`;
  return html`<${Projects} key=${project} project=${project} />`;
}
