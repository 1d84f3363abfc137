import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { requireLittleEndian } from './byte-order.ts';

/** What {@link sha256Hex} takes. */
export type DigestPart = string | Uint8Array | Float32Array | Float64Array;

/** Node's own hash, where this is Node: asked for at run time, so that nothing stands in its place in a browser. */
const nodeCrypto = globalThis.process?.getBuiltinModule?.('node:crypto');

/**
 * SHA-256 of the given parts, as lower-case hex. Strings are hashed as UTF-8, numbers by their little-endian bytes.
 * @throws ConfigError `CONFIG_INVALID` on a machine that is not little-endian
 */
export function sha256Hex(...parts: readonly DigestPart[]): string {
  if (nodeCrypto === undefined) return portableSha256Hex(...parts);
  requireLittleEndian();
  const hash = nodeCrypto.createHash('sha256');
  for (const part of parts) hash.update(bytesOf(part));
  return hash.digest('hex');
}

/** As {@link sha256Hex}, in plain JavaScript for any host; about nine times slower than Node's own. */
export function portableSha256Hex(...parts: readonly DigestPart[]): string {
  requireLittleEndian();
  const hash = sha256.create();
  for (const part of parts) hash.update(bytesOf(part));
  return bytesToHex(hash.digest());
}

function bytesOf(part: DigestPart): Uint8Array {
  if (typeof part === 'string') return new TextEncoder().encode(part);
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}

const CRC_TABLE = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** Node's own CRC-32, some eight times as fast, where this is Node. */
const nodeCrc32 = globalThis.process?.getBuiltinModule?.('node:zlib')?.crc32;

/**
 * CRC-32 (ISO-HDLC, as in zip and gzip) of some bytes.
 * @param before the CRC-32 of the bytes that come before them. Default 0: none
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  // Node's begins anew when it is given no bytes.
  if (bytes.length === 0) return before;
  return nodeCrc32 === undefined ? portableCrc32(bytes, before) : nodeCrc32(bytes, before);
}

/** As {@link crc32}, in plain JavaScript for any host. */
export function portableCrc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = (CRC_TABLE[(crc ^ bytes[i]!) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
