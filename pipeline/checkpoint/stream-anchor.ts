import type { KafkaRecord } from '../../connectors/index.ts';
import { crc32 } from '../../core/index.ts';
import { JsonFields } from './json-fields.ts';

/**
 * Where a stream can be begun anew without its caches: it is read again from `offset` on, and from `checkToken` on it is known to
 * be what it was.
 */
export interface StreamAnchor {
  readonly streamId: string;
  readonly openedAt: bigint;
  /** Records before it need not be read. */
  readonly offset: bigint;
  /** What is known of the stream there, caches left out. */
  readonly bytes: Uint8Array;
  /** Behind the record that completed `checkToken` - 1. */
  readonly checkOffset: bigint;
  readonly checkToken: number;
  /** Of all that the stream had put out before `checkToken`. */
  readonly digest: number;
}

/** Bytes of an anchor's state at most. */
export const MAX_ANCHOR_BYTES = 65_536;

const VERSION = 1;
/** As base64, with the other fields. */
const MAX_VALUE_BYTES = 2 * MAX_ANCHOR_BYTES;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** An anchor as JSON. */
export function anchorJson({ openedAt, offset, checkOffset, checkToken, digest, bytes }: StreamAnchor): string {
  return JSON.stringify({
    ...{ version: VERSION, openedAt: String(openedAt), offset: String(offset), checkOffset: String(checkOffset) },
    ...{ checkToken, digest, state: Buffer.from(bytes).toString('base64'), crc32: crc32(bytes) },
  });
}

/** @throws SnapshotError that names the record; `SNAPSHOT_VERSION` for a version that is not known */
export function parseAnchor(record: KafkaRecord, streamId: string): StreamAnchor {
  const fields = new JsonFields(record, MAX_VALUE_BYTES);
  fields.requireVersion(VERSION);
  const [openedAt, offset] = fields.span('openedAt', 'offset');
  const [, checkOffset] = fields.span('offset', 'checkOffset');
  const checkToken = fields.integer('checkToken', 0, Number.MAX_SAFE_INTEGER);
  const digest = fields.uint32('digest');
  const state = fields.text('state', MAX_VALUE_BYTES);
  if (!BASE64.test(state)) throw fields.fault('`state` to be base64', state.slice(0, 40));
  const bytes = Uint8Array.from(Buffer.from(state, 'base64'));
  const checksum = crc32(bytes);
  if (checksum !== fields.uint32('crc32')) throw fields.fault('`crc32` to be that of `state`', checksum);
  return { streamId, openedAt, offset, bytes, checkOffset, checkToken, digest };
}
