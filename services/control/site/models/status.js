/** What a version does now, in words. */
import { html } from "../lib/html.js";

const STATUS = {
  TRAINING: { words: "Training", kind: "accent" },
  TRAINED: { words: "Not running", kind: "" },
  TRAINING_FAILED: { words: "Training failed", kind: "bad" },
  STARTING_HOSTING: { words: "Starting", kind: "accent" },
  HOSTED: { words: "Running", kind: "good" },
  HOSTING_FAILED: { words: "Could not run", kind: "bad" },
  STOPPING_HOSTING: { words: "Stopping", kind: "accent" },
  SYSTEM_UPDATING: { words: "Updating", kind: "accent" },
  DELETING: { words: "Deleting", kind: "warn" },
};

/** Those that end by themselves. */
export const MOVING = new Set(["TRAINING", "STARTING_HOSTING", "STOPPING_HOSTING", "SYSTEM_UPDATING", "DELETING"]);
const STARTABLE = new Set(["TRAINED", "HOSTING_FAILED"]);
const STOPPABLE = new Set(["HOSTED", "HOSTING_FAILED"]);
const DELETABLE = new Set(["TRAINED", "TRAINING_FAILED", "HOSTING_FAILED"]);

export const statusWords = (status) => STATUS[status]?.words ?? status;
export const canStart = ({ Status, Performance }) => STARTABLE.has(Status) && Performance !== null;
export const canStop = ({ Status }) => STOPPABLE.has(Status);
export const canDelete = ({ Status }) => DELETABLE.has(Status);

export function Status({ model: { Status: status } }) {
  const { words, kind } = STATUS[status] ?? { words: status, kind: "" };
  return html`<span class="badge" data-kind=${kind || undefined} aria-busy=${MOVING.has(status) ? "true" : undefined}>${words}</span>`;
}
