import { SnapshotError, SnapshotReader, SnapshotWriter, show } from '../../core/index.ts';
import type { ModelSnapshot } from '../workers/model-snapshot.ts';
import { readModelSnapshot, writeModelSnapshot } from '../workers/model-snapshot-bytes.ts';
import type { ModelSpec } from '../workers/model-spec.ts';
import { corruptState, readFlag, readIndex, readJson, requireIndex, writeJson } from '../workers/snapshot-fields.ts';
import type { TokenFinding } from './finding.ts';
import { readOwed, writeOwed } from './owed-findings.ts';
import { stateIdentity } from './state-identity.ts';
import type { TimeTextRun } from './time-texts.ts';

/** The sample that a model's stream began with. */
export interface StreamOrigin {
  readonly sample: number;
  /** Its event time in ms, where known. */
  readonly timeMs: number | undefined;
}

/** Everything that it takes to go on with a stream. */
export interface StreamState {
  readonly streamId: string;
  /** `undefined` where no model is open. */
  readonly model: ModelSnapshot | undefined;
  readonly origin: StreamOrigin | undefined;
  readonly nextSample: number;
  readonly sampleRateHz: number;
  /** The model's stream was flushed. */
  readonly ended: boolean;
  readonly digest: number;
  readonly owed: readonly TokenFinding[];
  readonly timeTexts: readonly TimeTextRun[];
  /** What the decoder of the stream's records knows of it, as a JSON value. */
  readonly decoder: unknown;
}

/** The state as bytes, with a checksum and the hash of what `spec` makes of it. */
export function encodeStreamState(state: StreamState, spec: ModelSpec): Uint8Array {
  const writer = new SnapshotWriter(stateIdentity(spec));
  writeJson(writer, state.streamId);
  writer.uint32(state.model === undefined ? 0 : 1);
  if (state.model !== undefined) writeModelSnapshot(writer, state.model);
  writer.uint32(state.origin === undefined ? 0 : 1);
  writer.float64(state.origin?.sample ?? 0);
  writer.uint32(state.origin?.timeMs === undefined ? 0 : 1);
  writer.float64(state.origin?.timeMs ?? 0);
  writer.float64(state.nextSample);
  writer.float64(state.sampleRateHz);
  writer.uint32(state.ended ? 1 : 0);
  writer.uint32(state.digest);
  writeOwed(writer, state.owed);
  writeJson(
    writer,
    state.timeTexts.map(({ startSample, texts }) => [startSample, texts]),
  );
  writeJson(writer, state.decoder ?? null);
  return writer.finish();
}

/**
 * Reads {@link encodeStreamState} back.
 * @throws SnapshotError `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION`; `SNAPSHOT_MODEL_MISMATCH` for another model or stream
 */
export function decodeStreamState(bytes: Uint8Array, spec: ModelSpec, streamId: string): StreamState {
  const reader = new SnapshotReader(bytes, stateIdentity(spec));
  const named = readJson(reader, 'streamId');
  if (named !== streamId) {
    const message = `Expected a snapshot of stream ${show(streamId)}, got one of ${show(named)}`;
    throw new SnapshotError('SNAPSHOT_MODEL_MISMATCH', message);
  }
  const model = readFlag(reader, 'model') ? readModelSnapshot(reader) : undefined;
  const origin = readOrigin(reader);
  const nextSample = readIndex(reader, 'nextSample');
  const sampleRateHz = reader.float64();
  const ended = readFlag(reader, 'ended');
  const digest = reader.uint32();
  const owed = readOwed(reader, streamId, spec.kind);
  const timeTexts = readTimeTexts(reader);
  const decoder = readJson(reader, 'decoder');
  reader.finish();
  if (!(sampleRateHz >= 0 && sampleRateHz < Number.POSITIVE_INFINITY)) {
    throw corruptState('`sampleRateHz` to be a number from 0', sampleRateHz);
  }
  const isConsistent = origin === undefined ? !ended : model !== undefined && origin.sample <= nextSample;
  if (!isConsistent) throw corruptState('a stream that began to have a model and samples behind it', nextSample);
  return { ...{ streamId, model, origin, nextSample, sampleRateHz, ended, digest, owed, timeTexts, decoder } };
}

function readOrigin(reader: SnapshotReader): StreamOrigin | undefined {
  const isKnown = readFlag(reader, 'origin');
  const sample = readIndex(reader, 'origin.sample');
  const hasTime = readFlag(reader, 'origin.timeMs');
  const timeMs = reader.float64();
  return isKnown ? { sample, timeMs: hasTime ? timeMs : undefined } : undefined;
}

function readTimeTexts(reader: SnapshotReader): TimeTextRun[] {
  const runs = readJson(reader, 'timeTexts');
  if (!Array.isArray(runs)) throw corruptState('`timeTexts` to be runs of texts', runs);
  return runs.map((run: unknown) => {
    const [startSample, texts] = Array.isArray(run) ? run : [];
    const isTexts = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
    if (!isTexts) throw corruptState('`timeTexts` to be runs of texts', run);
    return { startSample: requireIndex(startSample, 'startSample'), texts };
  });
}
