import { availableParallelism } from 'node:os';
import { ConfigError, requireInteger, show, type WorkerError } from '../../core/index.ts';

/** A worker that ended although its pool was open. */
export interface WorkerCrash {
  /** Index of the worker in the pool. */
  readonly worker: number;
  /** `WORKER_CRASHED`, with what ended the worker as its cause. */
  readonly error: WorkerError;
  /** Names of the streams that the worker owned and that go on: they are restored on a new one. */
  readonly streams: readonly string[];
  /** Names of the streams that are given up: their calls reject with `WORKER_CRASHED`. */
  readonly lost: readonly string[];
}

/** Options of `ModelPool`. */
export interface ModelPoolOptions {
  /** Worker threads, 1..64. Default: the machine's parallelism less one, at least 1. */
  readonly workers?: number;
  /**
   * Bytes of calls under way to one worker, 1024..1e9; calls beyond wait their turn. A call counts with its samples and
   * 256 bytes; one that is larger by itself goes alone. Default 16 MiB.
   */
  readonly maxQueuedBytes?: number;
  /** Bytes of calls that wait for one worker, 1024..1e12; a call beyond is refused with `BUFFER_OVERFLOW`. Default 1 GiB. */
  readonly maxWaitingBytes?: number;
  /**
   * Whether the streams of a worker that dies go on. Costs a snapshot of each stream, which is about its caches again, and the
   * samples since. Without it their calls reject with `WORKER_CRASHED`. Default true.
   */
  readonly restore?: boolean;
  /**
   * Bytes of a stream's calls after which a new snapshot is taken, 1024..1e9, or the size of its last snapshot where that is
   * more. Bounds what is kept beside the snapshot. Default 2 MiB: half a minute of audio at 16 kHz.
   */
  readonly snapshotBytes?: number;
  /** Tokens after which a new snapshot is taken, 1..1e9. Bounds what is computed again after a crash. Default 8192. */
  readonly snapshotEvery?: number;
  /**
   * How often a stream is restored, 0..100, when workers end one after the other while they work on it. Its next crash gives it
   * up; an answer begins the count anew. Default 2.
   */
  readonly restoreTries?: number;
  /** Told of each crash, after the restore has begun. Default: a warning of the process. */
  readonly onCrash?: (crash: WorkerCrash) => void;
}

/** {@link ModelPoolOptions} with the defaults filled in. */
export type ResolvedPoolOptions = Required<ModelPoolOptions>;

/** @throws ConfigError for an option out of its range */
export function resolvePoolOptions(options: ModelPoolOptions): ResolvedPoolOptions {
  const integer = (name: keyof ModelPoolOptions & string, fallback: number, [min, max]: readonly [number, number]) =>
    requireInteger(name, options[name] ?? fallback, { min, max });
  return {
    workers: integer('workers', Math.max(1, availableParallelism() - 1), [1, 64]),
    maxQueuedBytes: integer('maxQueuedBytes', 16 * 2 ** 20, [1024, 1e9]),
    maxWaitingBytes: integer('maxWaitingBytes', 2 ** 30, [1024, 1e12]),
    restore: requireBoolean('restore', options.restore ?? true),
    snapshotBytes: integer('snapshotBytes', 2 ** 21, [1024, 1e9]),
    snapshotEvery: integer('snapshotEvery', 8192, [1, 1e9]),
    restoreTries: integer('restoreTries', 2, [0, 100]),
    onCrash: options.onCrash ?? (({ error }) => process.emitWarning(error)),
  };
}

function requireBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ConfigError('CONFIG_INVALID', `Expected \`${name}\` to be true or false, got ${show(value)}`);
}
