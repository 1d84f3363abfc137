import { crc32 } from '../../core/index.ts';

/** Where the content of a snapshot starts: after magic, version, kind and model hash. */
export function contentStart(snapshot: Uint8Array): number {
  return 8 + new DataView(snapshot.buffer, snapshot.byteOffset).getUint16(6, true) + 32;
}

/** Puts the right checksum on changed bytes. */
export function sealed(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 4;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}
