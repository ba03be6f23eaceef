/**
 * What becomes of a batch: its pictures are sent, added to datasets and trained on, or tried. Each
 * step may be done again without harm, so whatever broke off, here or in another tab, goes on from
 * where it was.
 */
import { call, get, newToken, path } from "./api.js";
import { store } from "./store.js";
import { upload } from "./uploads.js";

const POLL_MS = 800;
const LINES_AT_ONCE = 2000; // of about 300 bytes; a request carries some megabytes
const PLACE = "pictures";
const IDLE = { stage: "", done: 0, total: 0, bytes: 0, bytesTotal: 0, failed: [], error: null };
export const SHARE = 5; // every fifth picture

const progresses = new Map();
const running = new Map();

/** How far a batch is: `{stage: "" | "sending" | "adding" | "starting" | "done", done, total, bytes, bytesTotal, failed, error}`. */
export function progressOf(name) {
  if (!progresses.has(name)) progresses.set(name, store(IDLE));
  return progresses.get(name);
}

/**
 * Begin: `goal` is `{kind: "dataset", test: "none" | "folders" | "share", train}` or
 * `{kind: "trial", versions}`.
 */
export async function begin(batch, project, goal) {
  if (goal.kind === "dataset") {
    const wanted = divided(batch.pictures, goal.test);
    for (const set of ["train", "test"]) await batch.set(wanted.filter((one) => one.set === set).map(({ id }) => id), { set });
  }
  await batch.change({ project, goal, token: batch.plan.token ?? newToken(), done: false });
  return goOn(batch);
}

/** Go on with what was begun. Nothing is done twice at once, not even by two tabs. */
export function goOn(batch) {
  if (!batch.plan.goal || batch.plan.done || running.has(batch.name)) return running.get(batch.name);
  const progress = progressOf(batch.name);
  const abort = new AbortController();
  const tell = (changes) => progress.set({ ...progress.get(), ...changes });
  const work = navigator.locks.request(`sightline.batch.${batch.name}`, async () => {
    await batch.reload();
    tell({ ...IDLE, stage: "sending" });
    try {
      await (batch.plan.goal.kind === "trial" ? tryOut : teach)(batch, tell, abort.signal);
      tell({ stage: "done" });
    } catch (error) {
      if (!abort.signal.aborted) tell({ error });
    } finally {
      running.delete(batch.name);
    }
  });
  work.stop = () => abort.abort();
  running.set(batch.name, work);
  return work;
}

/** Stop what is under way, so that something else can be done with the pictures. What is sent stays sent. */
export async function stop(batch) {
  running.get(batch.name)?.stop();
  await batch.change({ goal: null });
  progressOf(batch.name).set(IDLE);
}

/** Pictures as they are divided among the datasets, by what was chosen. */
export function divided(pictures, test) {
  if (test === "folders") return pictures;
  const counted = { normal: 0, anomaly: 0, "": 0 };
  return pictures.map((one) => {
    counted[one.label] += 1;
    return { ...one, set: test === "share" && one.label && counted[one.label] % SHARE === 0 ? "test" : "train" };
  });
}

async function teach(batch, tell, signal) {
  const { project, goal, token } = batch.plan;
  await send(batch, tell, signal);
  tell({ stage: "adding" });
  for (const kind of ["train", "test"]) await add(project, kind, batch.pictures.filter(({ set }) => set === kind), signal);
  if (!goal.train) return batch.change({ done: true });
  tell({ stage: "starting" });
  return batch.change({ done: true, version: await train(project, token, signal) });
}

/** Begin to train on a project's datasets as they are; the new version. */
export async function train(project, token, signal) {
  const { Results } = await get("control", path`/sightline/projects/${project}/training`, { signal });
  const body = { OutputConfig: { S3Location: Results } };
  const { ModelMetadata } = await call("control", "POST", path`/2020-11-20/projects/${project}/models`, { body, token, signal });
  return ModelMetadata.ModelVersion;
}

async function tryOut(batch, tell, signal) {
  const { project, goal, token } = batch.plan;
  const images = await send(batch, tell, signal);
  tell({ stage: "starting" });
  const body = { ModelVersions: goal.versions, Images: images };
  const { Trial } = await call("control", "POST", path`/sightline/projects/${project}/trials`, { body, token, signal });
  await batch.change({ done: true, trial: Trial.TrialName });
}

/** Send what is not sent yet; where a trial's pictures lie. */
async function send(batch, tell, signal) {
  const { project, goal } = batch.plan;
  const trial = goal.kind === "trial";
  const sizes = new Map(batch.pictures.map(({ id, size }) => [id, size]));
  const waiting = batch.pictures.filter(({ sourceRef }) => !sourceRef);
  const total = batch.pictures.length;
  const bytesTotal = sum(batch.pictures);
  let [done, bytes] = [total - waiting.length, bytesTotal - sum(waiting)];
  tell({ done, total, bytes, bytesTotal });
  const sent = async (id, sourceRef) => {
    await batch.set([id], { sourceRef });
    [done, bytes] = [done + 1, bytes + sizes.get(id)];
    tell({ done, bytes });
  };
  const pictures = waiting.map((one) => ({ ...one, name: trial ? one.path : nameOf(one) }));
  const failed = await upload(project, trial ? batch.name : PLACE, pictures, sent, signal);
  if (failed.length) {
    tell({ failed: failed.map(({ id, error }) => ({ id, message: error.message })) });
    throw new Error(`${failed.length} of ${total} pictures could not be sent: ${failed[0].error.message}`);
  }
  const [bucket, ...key] = batch.pictures[0].sourceRef.replace("s3://", "").split("/");
  return { Bucket: bucket, Prefix: `${key.slice(0, -1).join("/")}/` };
}

/** By its content: the same picture chosen again is the same entry, not another one. */
function nameOf({ path: from, digest, type }) {
  const stem = from.split("/").at(-1).replace(/\.[^.]*$/, "");
  return `${stem}-${digest.slice(0, 16)}${type === "image/png" ? ".png" : ".jpg"}`;
}

async function add(project, kind, pictures, signal) {
  if (!pictures.length) return;
  const dataset = path`/2020-11-20/projects/${project}/datasets/${kind}`;
  const { ProjectDescription } = await get("control", path`/2020-11-20/projects/${project}`, { signal });
  if (!ProjectDescription.Datasets.some(({ DatasetType }) => DatasetType === kind)) {
    await call("control", "POST", path`/2020-11-20/projects/${project}/datasets`, { body: { DatasetType: kind }, token: newToken(), signal });
  }
  for (let at = 0; at < pictures.length; at += LINES_AT_ONCE) {
    const lines = pictures.slice(at, at + LINES_AT_ONCE).map(({ sourceRef, label }) => entry(sourceRef, label));
    await ready(dataset, signal);
    await change(dataset, lines, signal);
  }
}

/** Add entries to a dataset, or replace them, and wait until it has them. */
export async function change(dataset, lines, signal) {
  const bytes = new TextEncoder().encode(lines.join("\n"));
  const Changes = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  await call("control", "PATCH", `${dataset}/entries`, { body: { Changes }, token: newToken(), signal });
  const { Status, StatusMessage } = await ready(dataset, signal);
  if (Status.includes("FAILED")) throw new Error(StatusMessage);
}

/** A dataset once nothing changes it any more. */
export async function ready(dataset, signal) {
  for (;;) {
    const { DatasetDescription } = await get("control", dataset, { signal });
    if (!DatasetDescription.Status.endsWith("_IN_PROGRESS")) return DatasetDescription;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A dataset's line for a picture, as Ground Truth writes them. */
export function entry(sourceRef, label) {
  const metadata = { confidence: 1, "class-name": label, "human-annotated": "yes", type: "groundtruth/image-classification", "creation-date": new Date().toISOString() };
  return JSON.stringify({ "source-ref": sourceRef, "anomaly-label": label === "anomaly" ? 1 : 0, "anomaly-label-metadata": metadata });
}

const sum = (pictures) => pictures.reduce((all, { size }) => all + size, 0);
