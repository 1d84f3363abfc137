import type { ModelSpec } from '../workers/model-spec.ts';

/** 10 ms at 16 kHz: the hop of the log-mel front. */
const LOG_MEL_HOP_SAMPLES = 160;

/** Samples from one token of a model to the next. */
export function hopSamplesOf(spec: ModelSpec): number {
  return spec.kind !== 'anomaly' && spec.front.kind === 'logMel' ? LOG_MEL_HOP_SAMPLES : 1;
}
