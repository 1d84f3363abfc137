import { type Codec, damaged, requireBatchSize } from './codec.ts';

/** What of the package `lz4-napi` is used: the frame format. */
export interface Lz4Package {
  compressFrame(bytes: Uint8Array): Promise<Buffer>;
  decompressFrame(bytes: Uint8Array): Promise<Buffer>;
}

const MAGIC = 0x184d2204;
/** A compressed byte says at most so many bytes of a run. */
const MAX_RATIO = 255;

/** LZ4 frames, as Kafka has them in its present record format. */
export function lz4Codec(lz4: Lz4Package): Codec {
  return {
    compress: (bytes) => lz4.compressFrame(bytes),
    async decompress(bytes) {
      const { end, maxBytes } = measureLz4Frame(bytes);
      requireBatchSize('lz4', maxBytes);
      try {
        return await lz4.decompressFrame(bytes.subarray(0, end));
      } catch (error) {
        throw damaged('lz4', error);
      }
    },
  };
}

/**
 * Walks the blocks of a frame (LZ4 Frame Format 1.6): where it ends, and what it can become at most.
 * @throws CodecError
 */
export function measureLz4Frame(bytes: Buffer): { readonly end: number; readonly maxBytes: number } {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw damaged('lz4', 'no LZ4 frame');
  const flags = bytes[4]!;
  const sizeCode = (bytes[5]! >> 4) & 7;
  if (flags >> 6 !== 1 || sizeCode < 4) throw damaged('lz4', 'a frame header that is not of version 1');
  const maxBlockBytes = 2 ** (8 + 2 * sizeCode);
  const [hasBlockChecksums, hasSize, hasChecksum, hasDictionary] = [0x10, 0x08, 0x04, 0x01].map((bit) => flags & bit);
  let at = 7 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0);
  let maxBytes = 0;
  for (;;) {
    if (at + 4 > bytes.length) throw damaged('lz4', `a frame that ends behind byte ${bytes.length}`);
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const length = word & 0x7fffffff;
    const isStored = word >>> 31 === 1;
    maxBytes += Math.min(maxBlockBytes, isStored ? length : length * MAX_RATIO);
    at += length + (hasBlockChecksums ? 4 : 0);
  }
  const end = at + (hasChecksum ? 4 : 0);
  if (end > bytes.length) throw damaged('lz4', `a frame that ends behind byte ${bytes.length}`);
  return { end, maxBytes };
}
