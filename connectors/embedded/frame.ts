import { crc32 } from '../../core/index.ts';

/** Size and CRC-32 before the payload. */
export const FRAME_HEADER_BYTES = 8;
/** No payload is larger, so a damaged size asks for no more. */
export const MAX_PAYLOAD_BYTES = 64 * 2 ** 20;
/** Fields that hold offsets, in 64 bits; JSON carries them as text. */
const OFFSET_FIELDS = ['offset', 'end'];

/** A value as JSON, with its size and CRC-32 before it. */
export function encodeFrame(value: unknown): Buffer {
  const text = JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? String(field) : field));
  const payload = Buffer.from(text);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

/** Size of the payload behind a header; `undefined` where none can be. */
export function payloadBytes(header: Buffer): number | undefined {
  if (header.length < FRAME_HEADER_BYTES) return undefined;
  const size = header.readUInt32LE(0);
  return size === 0 || size > MAX_PAYLOAD_BYTES ? undefined : size;
}

/** The value of a whole frame; `undefined` where it is damaged. */
export function decodeFrame(frame: Buffer): unknown {
  const size = payloadBytes(frame);
  if (size === undefined || frame.length < FRAME_HEADER_BYTES + size) return undefined;
  const payload = frame.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + size);
  if (crc32(payload) !== frame.readUInt32LE(4)) return undefined;
  try {
    return JSON.parse(payload.toString(), (name, field) => (OFFSET_FIELDS.includes(name) ? BigInt(field) : field));
  } catch {
    return undefined;
  }
}
