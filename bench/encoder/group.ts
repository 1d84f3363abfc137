import { Random } from '../../core/index.ts';
import type { BandwidthReader } from './bandwidth.ts';
import { type Batch, randomBatch } from './batch.ts';
import { caseOf, type Limits, priceKey, takes, whyNot } from './cases.ts';
import type { BenchModel, Engine, EngineEntry, EngineSession, SessionShape } from './engines/engine.ts';
import type { BandwidthMeasurement, EncoderFault, EncoderMeasurement, EncoderSkip } from './measurement.ts';
import type { Oracle } from './oracle.ts';
import { type SliceFigures, type SliceOptions, timeInTurns } from './slices.ts';

/** A model with what the reference encoder makes of it. */
export interface CheckedModel {
  readonly model: BenchModel;
  readonly oracle: Oracle;
}

/** What is measured together: so many streams, every number of tokens per call, every engine. */
export interface GroupOptions extends Limits {
  readonly models: readonly CheckedModel[];
  readonly engines: readonly EngineEntry[];
  readonly tokens: readonly number[];
  readonly slices: SliceOptions;
  /** Is timed with the engines. Default none. */
  readonly reader?: BandwidthReader | undefined;
}

/** Batches that calls take in turns, by their number of tokens. */
type Pools = ReadonlyMap<number, readonly Batch[]>;

/** Batches of each number of tokens that calls take in turns. */
const POOL = 4;
/** Of those, how many are held against the reference encoder. */
const CHECKED = 2;
const POOL_SEED = 11;

interface Subject {
  readonly entry: EngineEntry;
  readonly model: BenchModel;
  readonly session: EngineSession;
  /** Numbers of tokens per call that it is timed with. */
  readonly tokens: readonly number[];
  readonly difference: number;
}

/**
 * Measures a group: opens every engine's streams, holds each against the reference encoder, then times all of them in turns.
 * Sessions of one engine serve every number of tokens.
 */
export async function* measureGroup(
  options: GroupOptions,
): AsyncGenerator<EncoderMeasurement | EncoderSkip | EncoderFault | BandwidthMeasurement> {
  const { streams, reader } = options;
  const pools = makePools(options);
  const subjects: Subject[] = [];
  try {
    yield* openSubjects(options, pools, subjects);
    const timed = subjects.flatMap((subject) =>
      subject.tokens.map((tokens) => ({
        subject,
        tokens,
        ...callOf(subject.session, pools.get(tokens) as readonly Batch[]),
      })),
    );
    const figures = await timeInTurns([...timed, ...(reader === undefined ? [] : [reader.timed])], options.slices);
    if (reader !== undefined) yield reader.measurement(figures[timed.length] as SliceFigures);
    for (const [i, { subject, tokens }] of timed.entries()) {
      const measured = figures[i] as SliceFigures;
      const one = caseOf(subject.model, subject.entry, { streams, tokens });
      options.prices.set(priceKey(one), measured.usPerToken * tokens);
      yield { ...one, ...measured, difference: subject.difference };
    }
  } finally {
    for (const { session } of subjects) await session.close();
  }
}

/** Puts every engine that can be timed into `subjects`, and tells of the others. */
async function* openSubjects(
  options: GroupOptions,
  pools: Pools,
  subjects: Subject[],
): AsyncGenerator<EncoderSkip | EncoderFault> {
  const { streams } = options;
  let { memoryBytes } = options;
  for (const { model, oracle } of options.models) {
    for (const entry of options.engines) {
      if (!takes(entry, model)) continue;
      const tokens: number[] = [];
      for (const count of options.tokens) {
        const skipped = whyNot(entry, model, { ...options, memoryBytes }, count);
        if (skipped === undefined) tokens.push(count);
        else yield { ...caseOf(model, entry, { streams, tokens: count }), skipped };
      }
      if (tokens.length === 0 || 'missing' in entry) continue;
      const batches = tokens.flatMap((count) => (pools.get(count) as readonly Batch[]).slice(0, CHECKED));
      const opened = await openChecked(entry.engine, { model, oracle }, { streams, tokens, batches });
      if ('session' in opened) {
        memoryBytes -= entry.engine.bytes(model, streams);
        subjects.push({ entry, model, tokens, ...opened });
      } else for (const count of tokens) yield { ...caseOf(model, entry, { streams, tokens: count }), ...opened };
    }
  }
}

/** A session that computes the model; an engine that cannot open so many streams is skipped, one that errs is at fault. */
async function openChecked(
  engine: Engine,
  { model, oracle }: CheckedModel,
  { batches, ...shape }: SessionShape & { readonly batches: readonly Batch[] },
): Promise<Pick<Subject, 'session' | 'difference'> | { readonly skipped: string } | { readonly fault: string }> {
  let session: EngineSession;
  try {
    session = await engine.open(model, shape);
  } catch (error) {
    return { skipped: `does not open so many streams: ${(error as Error).message}` };
  }
  const difference = await oracle.difference(engine, session, batches);
  if (difference <= engine.tolerance) return { session, difference };
  await session.close();
  return { fault: `differs from the reference encoder by ${difference}, more than ${engine.tolerance}` };
}

function makePools({ models, streams, tokens }: GroupOptions): Pools {
  const random = new Random(POOL_SEED);
  const inputSize = models[0]?.model.encoder.inputSize ?? 0;
  const pool = (count: number): Batch[] =>
    Array.from({ length: POOL }, () => randomBatch(random, { streams, tokens: count, inputSize }));
  return new Map(tokens.map((count) => [count, pool(count)]));
}

function callOf(
  session: EngineSession,
  pool: readonly Batch[],
): { readonly tokensPerCall: number; readonly call: () => void | Promise<void> } {
  let next = 0;
  const { tokens, each } = pool[0] as Batch;
  return {
    tokensPerCall: tokens * each.length,
    call: () => {
      next = (next + 1) % pool.length;
      return session.step(pool[next] as Batch);
    },
  };
}
