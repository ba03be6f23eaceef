/** Calls of the services: signed, retried where that is harmless, errors in words. */
import { AwsV4Signer } from "/vendor/aws4fetch.js";
import { config } from "./config.js";
import * as session from "./session.js";

const ATTEMPTS = 3;
const TIMEOUT_MS = 30_000;
const EXPIRED = new Set(["ExpiredTokenException", "UnrecognizedClientException", "ExpiredToken"]);

/** A refusal of a service, or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(status, code, message, requestId = "") {
    super(message);
    Object.assign(this, { name: "ApiError", status, code, requestId });
  }

  get forbidden() {
    return this.status === 403 || this.status === 401;
  }

  /** Whether the same call may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * Call a service and return its JSON answer.
 *
 * A call that changes something needs a `token` (see `newToken`): with it, the service does the
 * same thing once however often it is asked, so a lost answer is asked for again. Without one,
 * only GET, PUT and DELETE are repeated, and a POST that is said to be harmless.
 *
 * @param {string} service control, analytics ...
 * @param {string} method
 * @param {string} path below the service's address, its parts already encoded
 * @param {{query?: Record<string, unknown>, body?: unknown, token?: string, signal?: AbortSignal,
 *   harmless?: boolean, conditional?: boolean}} [options] `conditional`: when nothing has changed since the last such
 *   call, the same object is returned again
 */
export async function call(service, method, path, options = {}) {
  const repeatable = method !== "POST" || Boolean(options.token) || options.harmless;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(service, method, path, options);
    } catch (error) {
      if (options.signal?.aborted || !(error instanceof ApiError)) throw error;
      if (EXPIRED.has(error.code) && attempt === 1) {
        session.forgetCredentials();
        continue;
      }
      if (!repeatable || !error.passing || attempt >= ATTEMPTS) throw error;
      await pause(250 * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}

export const get = (service, path, options) => call(service, "GET", path, options);

/** A token for one intention of a person; keep it until the call has succeeded. */
export const newToken = () => crypto.randomUUID();

/** A path of encoded parts: path`/sightline/cameras/${id}/token`. */
export function path(texts, ...values) {
  return texts.reduce((whole, text, index) => whole + encodeURIComponent(values[index - 1]) + text);
}

const known = new Map();

async function once(service, method, path, { query = {}, body, token, signal, conditional }) {
  const base = config.apis[service];
  if (!base) throw new ApiError(404, "NoService", `This environment has no ${service} service.`);
  const url = new URL(base + path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
  }
  const before = conditional && known.get(url.href);
  const more = { ...(token && { "x-amzn-client-token": token }), ...(before && { "if-none-match": before.tag }) };
  const answer = await send(await signed(url, method, body, more), signal);
  if (answer.status === 304 && before) return before.content;
  const text = await answer.text();
  if (!answer.ok) throw refusal(answer, text);
  const content = text && isJson(answer) ? JSON.parse(text) : text;
  const tag = answer.headers.get("etag");
  if (conditional && tag) known.set(url.href, { tag, content });
  return content;
}

async function signed(url, method, body, more) {
  const credentials = await session.credentials();
  const raw = body instanceof Blob || body instanceof ArrayBuffer;
  const headers = { accept: "application/json", ...more };
  if (body !== undefined) headers["content-type"] = raw ? body.type || "application/octet-stream" : "application/json";
  const content = raw ? await new Response(body).arrayBuffer() : body === undefined ? undefined : JSON.stringify(body);
  const signer = new AwsV4Signer({
    ...credentials,
    url: url.href,
    method,
    headers,
    body: content,
    service: "execute-api",
    region: config.region,
    datetime: amzDate(session.now()),
  });
  return signer.sign();
}

async function send({ url, method, headers, body }, signal) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    return await fetch(url, { method, headers, body, signal: either, cache: "no-store" });
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = limit.aborted;
    throw new ApiError(0, late ? "Timeout" : "Offline", late ? "The service did not answer in time." : "The service cannot be reached. Check the network.");
  }
}

function refusal(answer, text) {
  let said = {};
  try {
    said = JSON.parse(text);
  } catch {
    // What lies between us and the service may answer in HTML.
  }
  const own = said.error ?? {};
  const code = own.code ?? answer.headers.get("x-amzn-errortype")?.split(":")[0] ?? said.Code ?? "";
  const message = own.message ?? said.Message ?? said.message ?? `The service answered ${answer.status}.`;
  return new ApiError(answer.status, code, message, own.requestId ?? answer.headers.get("x-amzn-requestid") ?? "");
}

const isJson = (answer) => (answer.headers.get("content-type") ?? "").includes("json");
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const amzDate = (time) => new Date(time).toISOString().replace(/[:-]|\.\d{3}/g, "");
