import { ERROR_CODES, type ErrorCode, type SnapshotReader, type SnapshotWriter } from '../../core/index.ts';
import { type ModelSnapshot, SNAPSHOT_PARTS } from './model-snapshot.ts';
import type { PostedError } from './posted-error.ts';
import { corruptState, readFlag, readIndex, readJson, writeJson } from './snapshot-fields.ts';

/** Writes the state of a model, part by part. */
export function writeModelSnapshot(writer: SnapshotWriter, snapshot: ModelSnapshot): void {
  for (const part of SNAPSHOT_PARTS) {
    const bytes = snapshot[part];
    writer.uint32(bytes === undefined ? 0 : 1);
    if (bytes !== undefined) writer.array(bytes);
  }
  writer.float64(snapshot.given);
  const { refusal } = snapshot;
  // The message names the place already.
  writeJson(writer, refusal === undefined ? null : [refusal.className, refusal.code, refusal.message]);
}

/**
 * Reads {@link writeModelSnapshot} back. The parts are copies; each is checked by what it belongs to.
 * @throws SnapshotError `SNAPSHOT_CORRUPT`
 */
export function readModelSnapshot(reader: SnapshotReader): ModelSnapshot {
  const parts = SNAPSHOT_PARTS.flatMap((part) =>
    readFlag(reader, part) ? [[part, reader.uint8Array()] as const] : [],
  );
  const given = readIndex(reader, 'given');
  const refusal = readRefusal(reader);
  return { ...Object.fromEntries(parts), given, ...(refusal === undefined ? {} : { refusal }) };
}

function readRefusal(reader: SnapshotReader): PostedError | undefined {
  const fields = readJson(reader, 'refusal');
  if (fields === null) return undefined;
  const [className, code, message] = Array.isArray(fields) ? fields : [];
  const isKnown = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
  if (!isKnown || typeof className !== 'string' || typeof message !== 'string') {
    throw corruptState('`refusal` to be a class, a code and a message', fields);
  }
  return { className, code: code as ErrorCode, message, place: {} };
}
