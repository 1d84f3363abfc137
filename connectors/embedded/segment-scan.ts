import type { OpenFiles } from './open-files.ts';
import { type BatchHeader, batchSize, HEADER_BYTES, readHeader } from './record-batch.ts';

/** A batch as a file holds it. */
export interface ScannedBatch {
  readonly header: BatchHeader;
  readonly position: number;
  readonly bytes: number;
}

/** Where the whole batches of a file end. */
export interface SegmentEnd {
  readonly bytes: number;
  readonly nextOffset: bigint;
}

/** Reads a file of batches, the first of them at or behind `baseOffset`, and stops at the first that is not whole. */
export function* scanSegment(
  files: OpenFiles,
  file: { readonly path: string; readonly size: number; readonly baseOffset: bigint },
): Generator<ScannedBatch, SegmentEnd, undefined> {
  let nextOffset = file.baseOffset;
  let position = 0;
  const head = Buffer.alloc(HEADER_BYTES);
  while (files.read(file.path, head, position) === HEADER_BYTES) {
    const bytes = batchSize(head);
    if (bytes === undefined || bytes > file.size - position) break;
    const batch = Buffer.allocUnsafe(bytes);
    if (files.read(file.path, batch, position) !== bytes) break;
    const header = readHeader(batch);
    if (header === undefined || header.baseOffset < nextOffset) break;
    yield { header, position, bytes };
    position += bytes;
    nextOffset = header.lastOffset + 1n;
  }
  return { bytes: position, nextOffset };
}
