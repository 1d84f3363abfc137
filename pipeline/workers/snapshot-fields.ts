import { SnapshotError, type SnapshotReader, type SnapshotWriter, show } from '../../core/index.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The error of a snapshot whose content contradicts itself. */
export function corruptState(expected: string, got: unknown): SnapshotError {
  return new SnapshotError('SNAPSHOT_CORRUPT', `Expected ${expected} in the snapshot of a stream, got ${show(got)}`);
}

/** @throws SnapshotError */
export function readFlag(reader: SnapshotReader, name: string): boolean {
  const value = reader.uint32();
  if (value > 1) throw corruptState(`\`${name}\` to be 0 or 1`, value);
  return value === 1;
}

/** An index or count, 0..2^53-1. @throws SnapshotError */
export function readIndex(reader: SnapshotReader, name: string): number {
  return requireIndex(reader.float64(), name);
}

/** @throws SnapshotError */
export function requireIndex(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw corruptState(`\`${name}\` to be an integer in 0..2^53-1`, value);
}

/** Writes a JSON value. */
export function writeJson(writer: SnapshotWriter, value: unknown): void {
  writer.array(new TextEncoder().encode(JSON.stringify(value)));
}

/** @throws SnapshotError */
export function readJson(reader: SnapshotReader, name: string): unknown {
  const bytes = reader.uint8Array();
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new SnapshotError('SNAPSHOT_CORRUPT', `Expected \`${name}\` in the snapshot of a stream to be JSON`, {
      cause,
    });
  }
}
