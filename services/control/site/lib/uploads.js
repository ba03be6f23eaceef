/** Sending pictures to where datasets and trials find them. */
import { ApiError, call, path } from "./api.js";

const AT_ONCE = 6;
const ASKED_AT_ONCE = 50; // their addresses last five minutes
const ATTEMPTS = 4;
const TIMEOUT_MS = 120_000;

/**
 * Send pictures, several at once, each tried a few times. What was sent is told by `sent(id,
 * sourceRef)` at once, so that nothing is sent twice. Resolves to what could not be sent:
 * `[{id, error}]`. Refusals of the service are thrown.
 *
 * @param {string} project
 * @param {string} place what the pictures' common folder is called
 * @param {{id: number, name: string, type: string, file: Blob}[]} pictures
 * @param {(id: number, sourceRef: string) => Promise<void>} sent
 * @param {AbortSignal} signal
 */
export async function upload(project, place, pictures, sent, signal) {
  const failed = [];
  for (let at = 0; at < pictures.length; at += ASKED_AT_ONCE) {
    const some = pictures.slice(at, at + ASKED_AT_ONCE);
    const { Uploads } = await ask(project, place, some, signal);
    const waiting = some.map((picture, index) => ({ picture, link: Uploads[index] }));
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        try {
          await put(next.link, next.picture.file, signal);
          await sent(next.picture.id, next.link.SourceRef);
        } catch (error) {
          if (signal.aborted) throw error;
          failed.push({ id: next.picture.id, error });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
  return failed;
}

/** Addresses for pictures; asking again gives the same places. */
function ask(project, place, pictures, signal) {
  const Files = pictures.map(({ name, type, file }) => ({ Name: name, ContentType: type, Size: file.size }));
  return call("control", "POST", path`/sightline/projects/${project}/uploads`, { body: { Files, Batch: place }, signal, token: crypto.randomUUID() });
}

async function put({ Url, Headers }, file, signal) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const answer = await fetch(Url, { method: "PUT", headers: Headers, body: file, signal: either });
      if (answer.ok) return;
      throw new ApiError(answer.status, "Upload", `The storage answered ${answer.status}.`);
    } catch (error) {
      const passing = !(error instanceof ApiError) || error.passing;
      if (signal.aborted || !passing || attempt >= ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** attempt * (0.5 + Math.random() / 2)));
    }
  }
}
