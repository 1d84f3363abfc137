import { availableMemory } from './available-memory.ts';
import { type BandwidthReader, bandwidthReader } from './bandwidth.ts';
import type { Prices } from './cases.ts';
import { ENCODER_SIZES, type EncoderSize } from './configs.ts';
import type { EngineEntry, LongformerModel } from './engines/engine.ts';
import { findEngines, OWN_ENGINES } from './engines/engines.ts';
import { type CheckedModel, measureGroup } from './group.ts';
import { idleStreamsApart } from './idle-streams-apart.ts';
import type { EncoderLine, EngineName } from './measurement.ts';
import { longformerModel, reformerModel } from './models.ts';
import { Oracle } from './oracle.ts';
import { describeLine, describeTargets, TABLE_HEAD } from './report.ts';
import type { SliceOptions } from './slices.ts';
import { judgeTargets, type TargetResult } from './targets.ts';
import { measureWorkers } from './workers.ts';

/** What to measure and how to show it. */
export interface RunEncoderOptions {
  readonly configs: readonly EncoderSize[];
  /** Streams per call, each 1..4096. */
  readonly streams: readonly number[];
  /** Tokens of each stream per call, each 1..256. */
  readonly tokens: readonly number[];
  readonly engines: readonly EngineName[];
  /** Fewer and shorter slices: for a first look. */
  readonly quick: boolean;
  /** One JSON object a line instead of tables. */
  readonly json: boolean;
  /** Takes the results. */
  readonly write: (text: string) => void;
  /** Takes what is not there, without a line end. */
  readonly note: (text: string) => void;
}

/** Everything that the bench can tell. */
export type EncoderBenchLine = EncoderLine | TargetResult;

const FULL: SliceOptions = { sliceMs: 40, rounds: 11, budgetMs: 6000 };
const QUICK: SliceOptions = { sliceMs: 5, rounds: 5, budgetMs: 500 };
const IDLE_STREAMS = 256;

/**
 * Measures the price of a token in every engine that is there, as docs/PERFORMANCE.md tells, and prints each figure as it is
 * measured, then targets and what was reached.
 * @returns everything that was measured; lines with `fault` are engines whose output is not the reference encoder's
 */
export async function runEncoderBench(options: RunEncoderOptions): Promise<readonly EncoderBenchLine[]> {
  const { json, write, note } = options;
  const lines: EncoderLine[] = [];
  const add = (line: EncoderLine): void => {
    lines.push(line);
    // What is not there at all was said at the start.
    if (json || !('skipped' in line) || !missing.has(line.engine)) print(line);
  };
  const print = (line: EncoderBenchLine): void =>
    write(`${json ? JSON.stringify(line) : describeLine(line as EncoderLine)}\n`);
  const engines = await findEngines(options.engines);
  const missing = new Set(engines.flatMap((entry) => ('missing' in entry ? [entry.name] : [])));
  for (const entry of engines) if ('missing' in entry) note(`without ${entry.name}: ${entry.missing}`);
  if (!json) write(`${TABLE_HEAD}\n`);
  const slices = options.quick ? QUICK : FULL;
  await measureDeployment(engines, options, add);
  for (const size of ENCODER_SIZES.filter((one) => options.configs.includes(one))) {
    await measureSize(longformerModel(size), { ...options, found: engines, slices }, add);
  }
  const targets = judgeTargets(lines);
  if (json) for (const target of targets) write(`${JSON.stringify(target)}\n`);
  else write(`\n${describeTargets(targets)}\n`);
  return [...lines, ...targets];
}

/** Idle streams and workers, of size A. */
async function measureDeployment(
  engines: readonly EngineEntry[],
  { configs, quick }: RunEncoderOptions,
  add: (line: EncoderLine) => void,
): Promise<void> {
  if (!configs.includes('A')) return;
  for (const engine of OWN_ENGINES) {
    if (!engines.some((entry) => 'engine' in entry && entry.engine.name === engine)) continue;
    add(await idleStreamsApart({ size: 'A', engine, streams: IDLE_STREAMS }));
    add(await measureWorkers({ size: 'A', engine }, quick ? { runMs: 100, rounds: 3 } : { runMs: 500, rounds: 9 }));
  }
}

async function measureSize(
  model: LongformerModel,
  options: RunEncoderOptions & { readonly found: readonly EngineEntry[]; readonly slices: SliceOptions },
  add: (line: EncoderLine) => void,
): Promise<void> {
  const { found, slices, quick } = options;
  const prices: Prices = new Map();
  const longformer: CheckedModel = { model, oracle: new Oracle(model) };
  let reader: BandwidthReader | undefined = bandwidthReader(model);
  for (const streams of [...options.streams].sort((a, b) => a - b)) {
    const models = [longformer];
    if (model.size === 'A' && streams === 1) {
      const reformer = reformerModel();
      models.push({ model: reformer, oracle: new Oracle(reformer) });
    }
    const group = measureGroup({
      models,
      engines: found,
      streams,
      tokens: options.tokens,
      slices,
      mostCallSeconds: quick ? 1 : 4,
      memoryBytes: availableMemory(),
      prices,
      reader,
    });
    for await (const line of group) add(line);
    // Once a size, with the fewest streams.
    reader = undefined;
  }
}
