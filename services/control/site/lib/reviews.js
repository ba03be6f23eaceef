/** What people say of verdicts. */
import { call, path } from "./api.js";

const OTHER = { normal: "anomalous", anomalous: "normal" };

/** The other verdict, undefined where there was none. */
export const opposite = (verdict) => OTHER[verdict];

/**
 * Say what a part is, which confirms the model or overrules it; the inspection as it is now.
 * Saying the same again is harmless. ApiError 409 when somebody else was first.
 */
export async function review(inspection, verdict, note = "") {
  const { CameraId, ImageId, Review } = inspection;
  const body = { Verdict: verdict, Note: note, ExpectedVersion: Review?.Version ?? 0 };
  const answer = await call("control", "POST", path`/sightline/inspections/${CameraId}/${ImageId}/review`, { body });
  return answer.Inspection;
}
