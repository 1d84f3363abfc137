import { setTimeout as delay } from 'node:timers/promises';
import { concatMap, from, lastValueFrom, type Observable, tap } from 'rxjs';
import { concatAck, pullValues } from '../../operators/index.ts';

/**
 * `push`: rxjs alone, `from(asyncIterable).pipe(concatMap(…))`; `credit`: `pullValues` and `concatAck`; `floor`: a
 * plain loop that holds one chunk, which shows what V8 itself lets gather before it collects.
 */
export type BackpressureMode = 'push' | 'credit' | 'floor';

/** The load of the comparison. */
export interface BackpressureLoad {
  readonly chunks: number;
  readonly chunkBytes: number;
  /** How long the consumer takes for a chunk, at least. */
  readonly consumerMs: number;
  readonly credits: number;
}

/** 300 chunks of 1 MiB into a consumer that takes 2 ms for each. */
export const BACKPRESSURE_LOAD: BackpressureLoad = { chunks: 300, chunkBytes: 2 ** 20, consumerMs: 2, credits: 4 };

/** What one mode came to. */
export interface BackpressureMeasurement {
  readonly bench: 'backpressure';
  readonly mode: BackpressureMode;
  /** Bytes that went through. */
  readonly bytes: number;
  /** Chunks read and not yet consumed, at most. */
  readonly peakChunks: number;
  /** Growth of the process's peak resident set during the run. */
  readonly peakBytes: number;
  readonly wallMs: number;
  /** Sum of the first bytes of all chunks: both modes read the same. */
  readonly checksum: number;
}

/** Streams the load through a slow consumer in this process. The peak counts from the start: use a fresh process. */
export async function measureBackpressure(
  mode: BackpressureMode,
  load: BackpressureLoad,
): Promise<BackpressureMeasurement> {
  let held = 0;
  let peakChunks = 0;
  let bytes = 0;
  let checksum = 0;
  const onRead = (): void => {
    held += 1;
    peakChunks = Math.max(peakChunks, held);
  };
  const consume = async (chunk: Uint8Array): Promise<void> => {
    await delay(load.consumerMs);
    bytes += chunk.length;
    checksum += chunk[0]!;
    held -= 1;
  };
  const startBytes = process.memoryUsage.rss();
  const startMs = performance.now();
  await lastValueFrom(streamed(mode, { load, onRead, consume }), { defaultValue: undefined });
  const wallMs = performance.now() - startMs;
  const peakBytes = process.resourceUsage().maxRSS * 1024 - startBytes;
  return { bench: 'backpressure', mode, bytes, peakChunks, peakBytes, wallMs, checksum };
}

interface Work {
  readonly load: BackpressureLoad;
  readonly onRead: () => void;
  readonly consume: (chunk: Uint8Array) => Promise<void>;
}

function streamed(mode: BackpressureMode, { load, onRead, consume }: Work): Observable<void> {
  const chunks = generatedChunks(load);
  if (mode === 'push') return from(chunks).pipe(tap(onRead), concatMap(consume));
  if (mode === 'floor') return from(oneByOne(chunks, onRead, consume));
  return pullValues(chunks, { credits: load.credits }).pipe(
    tap(onRead),
    concatAck(({ value }) => consume(value)),
  );
}

/** Chunks as a file reader would give them: fresh memory, every page written. */
async function* generatedChunks({ chunks, chunkBytes }: BackpressureLoad): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < chunks; i++) yield new Uint8Array(chunkBytes).fill(i % 251);
}

async function oneByOne(
  chunks: AsyncIterable<Uint8Array>,
  onRead: Work['onRead'],
  consume: Work['consume'],
): Promise<void> {
  for await (const chunk of chunks) {
    onRead();
    await consume(chunk);
  }
}
