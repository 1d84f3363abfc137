import type { KafkaRecord } from '../../connectors/index.ts';
import { MAX_CHUNKS, type Slot } from './checkpoint-keys.ts';
import type { PartitionProgress, SnapshotManifest, StreamProgress } from './checkpoint-records.ts';
import { JsonFields } from './json-fields.ts';
import { snapshotIdOf } from './snapshot-chunks.ts';

/** Version of the progress, manifests and chunks that are written. */
const VERSION = 1;

/** A partition's progress as JSON. */
export function partitionJson({ offset, streamTimeMs }: PartitionProgress): string {
  return JSON.stringify({ offset: String(offset), streamTimeMs });
}

/** @throws SnapshotError that names the record; `SNAPSHOT_VERSION` for a version that is not known */
export function parsePartition(record: KafkaRecord): PartitionProgress {
  const fields = new JsonFields(record);
  fields.requireVersion(VERSION);
  return { offset: fields.offset('offset'), streamTimeMs: fields.timeMs('streamTimeMs') };
}

/** A stream's progress as JSON. */
export function streamJson({ openedAt, offset, nextSample, digest, lastSeenMs }: StreamProgress): string {
  return JSON.stringify({ openedAt: String(openedAt), offset: String(offset), nextSample, digest, lastSeenMs });
}

/** @throws SnapshotError that names the record; `SNAPSHOT_VERSION` for a version that is not known */
export function parseStream(record: KafkaRecord, streamId: string): StreamProgress {
  const fields = new JsonFields(record);
  fields.requireVersion(VERSION);
  const [openedAt, offset] = fields.span('openedAt', 'offset');
  return {
    ...{ streamId, openedAt, offset },
    nextSample: fields.integer('nextSample', 0, Number.MAX_SAFE_INTEGER),
    digest: fields.uint32('digest'),
    lastSeenMs: fields.timeMs('lastSeenMs'),
  };
}

/** A manifest as JSON. */
export function manifestJson(manifest: SnapshotManifest): string {
  const { offset, openedAt, chunks, bytes, crc32, digest, snapshotId, firstOffset, endOffset } = manifest;
  return JSON.stringify({
    ...{ version: VERSION, offset: String(offset), openedAt: String(openedAt), chunks, bytes, crc32, digest },
    ...{ snapshotId, firstOffset: String(firstOffset), endOffset: String(endOffset) },
  });
}

/** @throws SnapshotError that names the record; `SNAPSHOT_VERSION` for a version that is not known */
export function parseManifest(record: KafkaRecord, streamId: string, slot: Slot): SnapshotManifest {
  const fields = new JsonFields(record);
  fields.requireVersion(VERSION);
  const [openedAt, offset] = fields.span('openedAt', 'offset');
  const [firstOffset, endOffset] = fields.span('firstOffset', 'endOffset');
  const chunks = fields.integer('chunks', 1, MAX_CHUNKS);
  if (endOffset - firstOffset < BigInt(chunks))
    throw fields.fault(`room for ${chunks} chunks`, endOffset - firstOffset);
  const bytes = fields.integer('bytes', chunks, Number.MAX_SAFE_INTEGER);
  const content = {
    streamId,
    slot,
    openedAt,
    offset,
    digest: fields.uint32('digest'),
    bytes,
    crc32: fields.uint32('crc32'),
  };
  const snapshotId = fields.text('snapshotId', 128);
  if (snapshotId !== snapshotIdOf(content)) throw fields.fault(`snapshot ${snapshotIdOf(content)}`, snapshotId);
  return { ...content, chunks, snapshotId, firstOffset, endOffset };
}
