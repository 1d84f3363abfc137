import {
  COMPLEXITY_MODELS,
  type ComplexityLine,
  type ComplexityMeasurement,
  type ComplexityModel,
} from './measurement.ts';
import { describeBytes, describeMs } from './units.ts';

/** What each model stands for, in a few words. */
export const MODEL_TITLES: Readonly<Record<ComplexityModel, string>> = {
  full: 'full attention, matrix held',
  'full-rows': 'full attention, row by row',
  'longformer-offline': 'sliding window, offline',
  'longformer-stream': 'sliding window, streaming',
  recompute: 'recompute for each token',
  'recompute-64': 'recompute for each 64 tokens',
  'reformer-offline': 'LSH, offline',
  'reformer-stream': 'LSH, streaming',
  'reformer-cached': 'LSH, cached step of the reference',
};

const MODEL_WIDTH = Math.max(...COMPLEXITY_MODELS.map((model) => model.length));

/** Head of the table that {@link describeLine} makes the rows of. */
export const TABLE_HEAD = `${'model'.padEnd(MODEL_WIDTH)}  length        time  µs per token      memory`;

/** One row of the table for people, without a line end. */
export function describeLine(line: ComplexityLine): string {
  const model = line.model.padEnd(MODEL_WIDTH);
  if ('fit' in line) {
    const figure = line.fit === 'ms' ? 'time  ' : 'memory';
    return `${model}  ${figure} grows as n^${line.exponent.toFixed(2)} over ${line.from} … ${line.to}`;
  }
  const start = `${model}  ${String(line.length).padStart(6)}  `;
  if ('skipped' in line) return `${start}skipped: ${line.skipped}`;
  const sampled = line.sampled === undefined ? '' : `  (from ${line.sampled} hops)`;
  const price = line.usPerToken.toFixed(1).padStart(12);
  return `${start}${describeMs(line.ms).padStart(10)}  ${price}  ${describeBytes(line.bytes).padStart(10)}${sampled}`;
}

/** How many times the time of the stream each way to encode takes, at the longest length that both were measured at. */
export function describeRatios(measured: readonly ComplexityMeasurement[]): string[] {
  return COMPLEXITY_MODELS.filter((model) => model !== 'longformer-stream').flatMap((model) => {
    const [other] = longestFirst(measured, model);
    const stream = measured.find((one) => one.model === 'longformer-stream' && one.length === other?.length);
    if (other === undefined || stream === undefined) return [];
    const times = (other.ms / stream.ms).toPrecision(3);
    return [`${model.padEnd(MODEL_WIDTH)}  ${times} times the time of longformer-stream at ${other.length}`];
  });
}

function longestFirst(measured: readonly ComplexityMeasurement[], model: ComplexityModel): ComplexityMeasurement[] {
  return measured.filter((one) => one.model === model).sort((a, b) => b.length - a.length);
}
