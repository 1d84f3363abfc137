import type { Call, PooledStream } from './pooled-stream.ts';

/** What a crash left behind. */
export interface Wreck {
  /** The streams that are to be restored. */
  readonly streams: readonly PooledStream[];
  /** Their calls that have no answer yet, in the order in which they were made. */
  readonly calls: readonly Call[];
  /** Makes the calls that bring a stream back. */
  rebuild(stream: PooledStream): readonly Call[];
}

/**
 * The calls for a new worker: streams that were never in work when a worker ended come first, restored and with all their
 * calls, then those blamed for a crash, the most often blamed last. So one that ends its worker again and again does so when the
 * others have their answers. The calls of each stream keep their order. One that only waits to be closed is not restored.
 */
export function callsAfterCrash({ streams, calls, rebuild }: Wreck): Call[] {
  const closing = new Set(calls.filter(({ body }) => body.op === 'close').map(({ stream }) => stream));
  for (const { stream, body, isAwaited } of calls) if (isAwaited && body.op !== 'close') closing.delete(stream);
  const grades = new Set([...streams, ...calls.map(({ stream }) => stream)].map(({ blame }) => blame));
  return [...grades]
    .sort((a, b) => a - b)
    .flatMap((grade) => [
      ...streams.filter((stream) => stream.blame === grade && !closing.has(stream)).flatMap(rebuild),
      ...calls.filter(({ stream }) => stream.blame === grade),
    ]);
}
