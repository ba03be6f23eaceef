/** What Vega's expression interpreter takes from vega-util, which Vega's own script contains. */
export const { ascending, isString, DisallowedObjectProperties } = globalThis.vega;
