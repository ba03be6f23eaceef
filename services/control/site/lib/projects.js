/** Projects, and what is in one: versions and datasets. */
import { get, path } from "./api.js";
import { useResource } from "./use.js";

const EVERY_MS = 3_000; // an answer without news is small
const LATER_MS = 15_000;

/** The names of all projects, in order. */
export function useProjects() {
  return useResource(async (signal) => {
    const names = [];
    for (let nextToken; ; ) {
      const page = await get("control", "/2020-11-20/projects", { query: { nextToken }, signal });
      names.push(...page.Projects.map(({ ProjectName }) => ProjectName));
      nextToken = page.NextToken;
      if (!nextToken) return names.sort();
    }
  }, []);
}

/** A project with its versions, newest first. */
export function useVersions(project) {
  return useResource(
    async (signal) => (await get("control", "/sightline/models", { query: { project }, signal, conditional: true })).Projects[0],
    [project],
    { every: EVERY_MS },
  );
}

/** What a project's datasets hold, by type: `{train: {Status, ImageStats ...}}`. */
export function useDatasets(project) {
  return useResource(
    async (signal) => {
      const { ProjectDescription } = await get("control", path`/2020-11-20/projects/${project}`, { signal });
      const kinds = ProjectDescription.Datasets.map(({ DatasetType }) => DatasetType);
      const found = await Promise.all(kinds.map((kind) => get("control", path`/2020-11-20/projects/${project}/datasets/${kind}`, { signal })));
      return Object.fromEntries(found.map(({ DatasetDescription }, at) => [kinds[at], DatasetDescription]));
    },
    [project],
    { every: LATER_MS },
  );
}

/** What a training of a project needs and costs, and how large pictures may be. */
export const useTraining = (project) => useResource((signal) => get("control", path`/sightline/projects/${project}/training`, { signal }), [project]);
