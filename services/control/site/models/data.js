/** Projects, their versions and what these cost, read again and again while the page is open. */
import { useEffect, useRef, useState } from "../lib/html.js";
import { get } from "../lib/api.js";
import { useResource } from "../lib/use.js";
import { toast } from "../ui/toast.js";
import { MOVING, statusWords } from "./status.js";

const MOVING_MS = 2000;
const RESTING_MS = 10_000;

/**
 * All projects, or one: a resource of `{projects, units}`. Every change of a status that happens
 * while one looks is told.
 */
export function useModels(project) {
  const [every, setEvery] = useState(RESTING_MS);
  const models = useResource((signal) => everything(project, signal), [project], { every });
  const moving = models.data?.projects.some(({ Models }) => Models.some(({ Status }) => MOVING.has(Status)));
  useEffect(() => setEvery(moving ? MOVING_MS : RESTING_MS), [moving]);
  useTold(models.data);
  return models;
}

async function everything(project, signal) {
  const projects = [];
  let cursor;
  let units;
  do {
    const page = await get("control", "/sightline/models", { query: { project, cursor }, signal, conditional: true });
    projects.push(...page.Projects);
    cursor = page.NextCursor;
    units = page.Units;
  } while (cursor);
  return { projects, units };
}

/** The cameras in service, all of them. */
export const useCameras = () =>
  useResource(async (signal) => (await get("control", "/sightline/cameras", { signal })).Cameras.filter(({ RevokedAt }) => !RevokedAt), []);

function useTold(data) {
  const before = useRef(null);
  useEffect(() => {
    if (!data) return;
    const now = new Map();
    for (const { ProjectName, Models } of data.projects) {
      for (const { ModelVersion, Status, StatusMessage } of Models) now.set(`${ProjectName}, version ${ModelVersion}`, { Status, StatusMessage });
    }
    for (const [name, { Status, StatusMessage }] of now) {
      const was = before.current?.get(name);
      if (!was || was.Status === Status) continue;
      if (Status.endsWith("FAILED")) toast.failed(new Error(`${name}: ${StatusMessage}`));
      else if (!MOVING.has(Status)) toast.done(`${name}: ${statusWords(Status)}`);
    }
    before.current = now;
  }, [data]);
}
