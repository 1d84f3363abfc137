import type { RecordDecoder } from '../../connectors/index.ts';
import { SnapshotError, StateError, show } from '../../core/index.ts';
import type { Checkpoint, LoadedSnapshot, StreamAnchor } from '../checkpoint/index.ts';
import type { InputOrderConfig } from '../config/input-schema.ts';
import { ChunkSequence } from './chunk-sequence.ts';
import type { LiveStream, StreamProgress, StreamWork } from './live-stream.ts';
import type { ResumePlace } from './resume-place.ts';
import { restoreIntake } from './sequence-state.ts';

/** States that are on their way into workers at once. */
const AT_ONCE = 8;

/** A task that goes on, and what the decoder of its records knew. */
export interface RestoredWork {
  readonly task: StreamWork;
  readonly decoder: unknown;
}

/** What {@link restoreStreams} works with. */
export interface RestoreStreamsOptions {
  readonly decoder: RecordDecoder;
  readonly order: InputOrderConfig;
  readonly restore: (streamId: string, bytes: Uint8Array) => Promise<RestoredWork>;
  readonly open: (streamId: string) => StreamWork;
  /** Begins a stream anew at its anchor; `undefined` where the model's memory is longer than its last inputs. */
  readonly begin: ((anchor: StreamAnchor) => RestoredWork) | undefined;
  readonly committed: bigint;
  /** State and offset are committed together: of each stream there is progress, and it is not ahead of `committed`. */
  readonly isExact: boolean;
}

/** Streams at the places of their states. */
export interface RestoredStreams {
  /** In the order of their last records. */
  readonly streams: readonly LiveStream[];
  readonly place: ResumePlace;
  /** Where the input has to be read from, so that all come to the committed offset. */
  readonly from: bigint;
  /** Of the states that were read. */
  readonly bytes: number;
  /** The stream that this is for; `undefined` where none has to be brought up to date. */
  readonly furthest: string | undefined;
}

/**
 * Opens the streams of a checkpoint, each from its newest state that is whole, or anew where it has none.
 * @throws StateError `CHECKPOINT_MISMATCH` where nothing says where a stream begins; SnapshotError of another model
 */
export async function restoreStreams(checkpoint: Checkpoint, options: RestoreStreamsOptions): Promise<RestoredStreams> {
  const { committed } = options;
  const known = [...checkpoint.streams.values()].flatMap(({ progress }) => progress ?? []);
  const streamTimeMs = checkpoint.isAhead
    ? known.reduce((latest, { lastSeenMs }) => Math.max(latest, lastSeenMs), Number.NEGATIVE_INFINITY)
    : (checkpoint.partition?.streamTimeMs ?? Number.NEGATIVE_INFINITY);
  const found: LiveStream[] = [];
  const pending = new Set<Promise<void>>();
  let bytes = 0;
  for await (const loaded of checkpoint.snapshots(options.begin === undefined ? 'snapshots' : 'anchors')) {
    bytes += (loaded.bytes ?? loaded.anchor?.bytes)?.length ?? 0;
    const opening: Promise<void> = openStream(loaded, options, streamTimeMs).then((stream) => {
      found.push(stream);
      pending.delete(opening);
    });
    opening.catch(() => {}); // told below, also where it comes while the next state is being read
    pending.add(opening);
    if (pending.size >= AT_ONCE) await Promise.race(pending);
  }
  await Promise.all(pending);
  const progress = new Map(known.map((one) => [one.streamId, one]));
  const streams = found.sort((a, b) => order(a, b, progress));
  const behind = streams.filter(
    ({ streamId, nextOffset }) => nextOffset < (progress.get(streamId)?.offset ?? committed),
  );
  const furthest = behind.reduce<LiveStream | undefined>(
    (least, stream) => (least === undefined || stream.nextOffset < least.nextOffset ? stream : least),
    undefined,
  );
  return {
    streams,
    place: { liveFrom: committed, streamTimeMs, progress, isUpToDate: furthest === undefined },
    from: furthest?.nextOffset ?? committed,
    bytes,
    furthest: furthest?.streamId,
  };
}

async function openStream(
  loaded: LoadedSnapshot,
  { decoder, order: policy, restore, open, begin, isExact }: RestoreStreamsOptions,
  streamTimeMs: number,
): Promise<LiveStream> {
  const { streamId, entry, manifest, anchor } = loaded;
  const { openedAt, progress } = entry;
  if (openedAt === undefined || (isExact && progress === undefined)) {
    const expected = openedAt === undefined ? 'where stream' : 'how far stream';
    const missing = openedAt === undefined ? 'begins, all that was written of it is' : 'had come, its progress is';
    throw new StateError(
      'CHECKPOINT_MISMATCH',
      `Expected to know ${expected} ${streamId} ${missing} damaged; \`longwave state reset\` begins anew`,
    );
  }
  const nextOffset = manifest?.offset ?? anchor?.offset ?? openedAt;
  let task: StreamWork;
  let sequence = new ChunkSequence(policy);
  try {
    const restored = anchor === undefined ? loaded.bytes && (await restore(streamId, loaded.bytes)) : begin?.(anchor);
    task = restored?.task ?? open(streamId);
    if (restored !== undefined) {
      sequence = new ChunkSequence(policy, restoreIntake(streamId, restored.decoder, decoder));
    }
  } catch (error) {
    throw placed(error, `the state of stream ${show(streamId)} as of offset ${nextOffset}`);
  }
  return {
    ...{ streamId, task, sequence, openedAt, nextOffset },
    lastSeenMs: progress?.lastSeenMs ?? streamTimeMs,
    bytesSinceSnapshot: 0,
    tail: Promise.resolve(),
  };
}

/** A state that is whole and does not fit is of another release or model: nothing of it is written over. */
function placed(error: unknown, what: string): unknown {
  if (!(error instanceof SnapshotError)) return error;
  const wayOut = '`longwave state reset` begins anew without it';
  return new SnapshotError(error.code, `${what}: ${error.message}; ${wayOut}`, { cause: error });
}

function order(a: LiveStream, b: LiveStream, progress: ReadonlyMap<string, StreamProgress>): number {
  if (a.lastSeenMs !== b.lastSeenMs) return a.lastSeenMs - b.lastSeenMs;
  const at = ({ streamId, nextOffset }: LiveStream): bigint => progress.get(streamId)?.offset ?? nextOffset;
  return at(a) < at(b) ? -1 : 1;
}
