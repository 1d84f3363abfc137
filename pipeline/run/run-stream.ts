import { catchError, defaultIfEmpty, lastValueFrom, of } from 'rxjs';
import { type Chunk, chunkLength, InputError, ShapeError, type Sink, type Source } from '../../core/index.ts';
import { concatAck, pull } from '../../operators/index.ts';
import { type Finding, isAnomalous } from '../streams/finding.ts';
import { halveChunk } from '../streams/halve-chunk.ts';
import type { StreamTask } from '../streams/stream-task.ts';
import type { ModelStats } from '../workers/model-spec.ts';

/** Chunks under way at once: the next is decoded while one is in the model and one is being written. */
const CREDITS = 4;

/** What a finite stream came to. */
export interface StreamSummary extends ModelStats {
  readonly samples: number;
  readonly findings: number;
  readonly anomalies: number;
  /** Samples of the last chunk's rate that make a second; 0 where unknown. */
  readonly sampleRateHz: number;
}

/** Options of {@link runStream}. */
export interface RunStreamOptions {
  readonly source: Source<Chunk>;
  readonly task: StreamTask;
  readonly sink: Sink<Finding>;
  readonly signal?: AbortSignal;
  /** Called after each chunk's findings were written. */
  readonly onProgress?: (summary: StreamSummary) => void;
}

/**
 * Runs one finite stream to its end, or until the signal aborts: source → model → sink, in order and with
 * back-pressure, then what the model still owes. The task is closed afterwards, the sink is the caller's.
 * @throws InputError from the source or the model; findings before the fault have been written then, those that a front or
 *   a look-ahead held back as if the stream ended there
 */
export async function runStream(options: RunStreamOptions): Promise<StreamSummary> {
  const { source, task, sink, signal, onProgress } = options;
  let samples = 0;
  let findings = 0;
  let anomalies = 0;
  let sampleRateHz = 0;
  const write = async (found: readonly Finding[]): Promise<void> => {
    if (found.length > 0) await sink.write(found);
    findings += found.length;
    anomalies += found.filter(isAnomalous).length;
  };
  const summary = (): StreamSummary => ({ ...task.stats, samples, findings, anomalies, sampleRateHz });
  const taken = async (chunk: Chunk, found: readonly Finding[]): Promise<void> => {
    await write(found);
    samples += chunkLength(chunk);
    sampleRateHz = chunk.sampleRateHz;
    onProgress?.(summary());
  };
  try {
    const chunks = pull(source, { credits: CREDITS, ...(signal === undefined ? {} : { signal }) });
    // A fault of the source waits its turn behind the chunks before it: their findings are written first.
    const inTurn = chunks.pipe(catchError((error: unknown) => of(new SourceFault(error))));
    const work = inTurn.pipe(
      concatAck((item) => (item instanceof SourceFault ? item.raise() : take(task, item, taken))),
    );
    await lastValueFrom(work.pipe(defaultIfEmpty(undefined))).catch(async (error: unknown) => {
      if (error instanceof InputError || error instanceof ShapeError) await writeOwed(task, write);
      throw error;
    });
    await write(await task.finish());
    return summary();
  } finally {
    await task.close();
  }
}

/** Takes a chunk; of one that is refused it takes what stands before the fault, however the input was cut. */
async function take(
  task: StreamTask,
  chunk: Chunk,
  taken: (chunk: Chunk, found: readonly Finding[]) => Promise<void>,
): Promise<void> {
  const found = await task.process(chunk).catch((error: unknown) => {
    if (error instanceof InputError && chunkLength(chunk) > 1) return undefined;
    throw error;
  });
  if (found !== undefined) return taken(chunk, found);
  for (const half of halveChunk(chunk)) await take(task, half, taken);
}

/** After a fault of the input: that fault is the one to tell, whatever becomes of the findings before it. */
async function writeOwed(task: StreamTask, write: (found: readonly Finding[]) => Promise<void>): Promise<void> {
  const owed = await task.finish().catch(() => []);
  await write(owed).catch(() => undefined);
}

/** The end of a source by a fault, as an item of its stream. */
class SourceFault {
  readonly ack = undefined;
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  async raise(): Promise<never> {
    throw this.#error;
  }
}
