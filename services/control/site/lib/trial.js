/** A trial and its pictures: read page by page, and again while it runs. */
import { useCallback, useEffect, useRef, useState } from "./html.js";
import { call, get, newToken, path } from "./api.js";
import { useDraft } from "./use.js";
import { toast } from "../ui/toast.js";

const EVERY_MS = 1_200;
const AGAIN_MS = 5_000;
const PAGE = 100;
const ADDRESSES_LAST_MS = 4 * 60_000;

/**
 * `{trial, pictures, scores, comparison, tried, error, loading, refresh, label}`. Pictures keep their
 * order, and their place in it is `number`. `label(sourceRef, label)` puts down what the service has been told.
 */
export function useTrial(project, name) {
  const [state, setState] = useState({ trial: null, pictures: [], scores: {}, comparison: null, tried: 0, error: null, loading: true });
  const [asked, setAsked] = useState(0);
  const readAt = useRef(0);
  useEffect(() => {
    const abort = new AbortController();
    const beganAt = Date.now();
    let timer = 0;
    let failures = 0;
    const full = []; // pages that will not change
    const addresses = new Map(); // each answer signs new ones, and what is shown need not be loaded again
    let token;
    const run = async () => {
      try {
        const again = await read();
        failures = 0;
        if (again) timer = setTimeout(run, EVERY_MS);
      } catch (error) {
        if (abort.signal.aborted) return;
        failures += 1;
        setState((before) => ({ ...before, error, loading: false }));
        if (error.passing) timer = setTimeout(run, Math.min(30_000, EVERY_MS * 2 ** failures));
      }
    };
    const read = async () => {
      for (;;) {
        const page = await get("control", path`/sightline/projects/${project}/trials/${name}`, { query: { maxResults: PAGE, nextToken: token }, signal: abort.signal });
        if (abort.signal.aborted) return false;
        readAt.current = beganAt;
        for (const { SourceRef, PictureUrl } of page.Images) if (!addresses.has(SourceRef)) addresses.set(SourceRef, PictureUrl);
        const pictures = [...full, ...page.Images].map((one, number) => ({ ...one, number, PictureUrl: addresses.get(one.SourceRef) }));
        setState({ trial: page.Trial, pictures, scores: page.Scores, comparison: page.Comparison, tried: page.Tried, error: null, loading: Boolean(page.NextToken) });
        if (!page.NextToken) return page.Trial.Status === "RUNNING";
        full.push(...page.Images);
        token = page.NextToken;
      }
    };
    run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [project, name, asked]);
  const refresh = useCallback(() => setAsked((count) => count + 1), []);
  /** A picture's address has ended: get new ones, once in a while. */
  const stale = useCallback(() => Date.now() - readAt.current > ADDRESSES_LAST_MS && refresh(), []);
  const label = useCallback(
    (sourceRef, said) => setState((before) => ({ ...before, pictures: before.pictures.map((one) => (one.SourceRef === sourceRef ? { ...one, Label: said } : one)) })),
    [],
  );
  return { ...state, refresh, stale, label };
}

/**
 * What people say of a trial's pictures, on its way to the service: `[pending, verify]`. It is kept
 * until the service has it, so that a reload loses nothing; what is said meanwhile goes together.
 */
export function useVerifying(project, { trial, label, refresh }) {
  const name = trial.TrialName;
  const [pending, setPending, forget] = useDraft(`trial.${name}`, {});
  const latest = useRef(pending);
  const sending = useRef(false);
  const keep = (next) => {
    latest.current = next;
    Object.keys(next).length ? setPending(next) : forget();
  };
  const send = async () => {
    const said = latest.current;
    if (sending.current || !Object.keys(said).length) return;
    sending.current = true;
    let again = 0;
    try {
      await call("control", "POST", path`/sightline/projects/${project}/trials/${name}/verify`, { body: { Labels: said }, token: newToken() });
      for (const [sourceRef, value] of Object.entries(said)) label(sourceRef, value);
      keep(without(latest.current, said));
    } catch (error) {
      toast.failed(error);
      if (error.passing) again = AGAIN_MS;
      else {
        keep(without(latest.current, said));
        refresh();
      }
    }
    sending.current = false;
    setTimeout(send, again);
  };
  useEffect(() => {
    send();
  }, []);
  const verify = (sourceRef, value) => {
    keep({ ...latest.current, [sourceRef]: value });
    send();
  };
  return [pending, verify];
}

const without = (all, some) => Object.fromEntries(Object.entries(all).filter(([key, value]) => some[key] !== value));

/** What a version says of a picture: `{verdict, confidence, heat}`; `heat` is 0 (surely normal) to 1. */
export function saidOf({ Results }, version) {
  const said = Results[version];
  if (!said) return { verdict: "not_inspected", confidence: null, heat: -1 };
  const { IsAnomalous, Confidence } = said;
  return { verdict: IsAnomalous ? "anomalous" : "normal", confidence: Confidence, heat: IsAnomalous ? Confidence : 1 - Confidence };
}

export const LABEL_OF = { normal: "normal", anomalous: "anomaly" };

/** Whether a person has said otherwise than a version. */
export const isWrong = (picture, version) => Boolean(picture.Label && picture.Results[version] && LABEL_OF[saidOf(picture, version).verdict] !== picture.Label);
export const isDisputed = ({ Results }) => new Set(Object.values(Results).map(({ IsAnomalous }) => IsAnomalous)).size > 1;
