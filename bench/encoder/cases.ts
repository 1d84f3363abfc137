import { describeBytes } from '../complexity/units.ts';
import type { BenchModel, EngineEntry } from './engines/engine.ts';
import type { EncoderCase } from './measurement.ts';

/** CPU microseconds of one call for one stream, by {@link priceKey}. */
export type Prices = Map<string, number>;

/** What a case may take. */
export interface Limits {
  readonly streams: number;
  /** Engines whose call would take more seconds than this are left out. */
  readonly mostCallSeconds: number;
  /** Bytes that are free. */
  readonly memoryBytes: number;
  /** What is known of the price of a call, for engines that were measured with fewer streams. */
  readonly prices: Prices;
}

/** Missing engines are told of once, beside the Longformer. */
export function takes(entry: EngineEntry, { family }: BenchModel): boolean {
  return 'missing' in entry ? family === 'longformer' : entry.engine.families.includes(family);
}

/** Why an engine is not timed with so many tokens per call; undefined when it is. */
export function whyNot(entry: EngineEntry, model: BenchModel, options: Limits, tokens: number): string | undefined {
  if ('missing' in entry) return entry.missing;
  const { streams, memoryBytes, mostCallSeconds } = options;
  const refusal = entry.engine.refuses?.(model, streams);
  if (refusal !== undefined) return refusal;
  const bytes = entry.engine.bytes(model, streams);
  if (bytes > memoryBytes)
    return `takes about ${describeBytes(bytes)}, and ${describeBytes(Math.max(0, memoryBytes))} are free`;
  const price = options.prices.get(priceKey(caseOf(model, entry, { streams, tokens }))) ?? 0;
  const seconds = (price * streams) / 1e6;
  if (seconds <= mostCallSeconds) return undefined;
  return `one call would take about ${seconds.toPrecision(2)} s, and ${mostCallSeconds} s are allowed`;
}

export function caseOf(
  model: BenchModel,
  entry: EngineEntry,
  shape: { readonly streams: number; readonly tokens: number },
): EncoderCase {
  const engine = 'missing' in entry ? entry.name : entry.engine.name;
  return { bench: 'encoder', model: model.family, config: model.size, ...shape, engine };
}

export function priceKey({ model, config, tokens, engine }: EncoderCase): string {
  return `${model} ${config} ${tokens} ${engine}`;
}
