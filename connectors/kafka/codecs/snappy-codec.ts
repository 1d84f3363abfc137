import { type Codec, damaged, requireBatchSize } from './codec.ts';

/** What of the package `snappy` is used: blocks, without a frame. */
export interface SnappyPackage {
  compress(bytes: Uint8Array): Promise<Buffer>;
  uncompress(bytes: Uint8Array, options: { readonly asBuffer: true }): Promise<string | Buffer>;
}

/** The frame of the Java client: this, two versions of four bytes, then blocks with their length before them. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER = Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);

/** Snappy as the Java client writes it; reads the bare block of others (librdkafka) too. */
export function snappyCodec(snappy: SnappyPackage): Codec {
  return {
    async compress(bytes) {
      const block = await snappy.compress(bytes);
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      return Buffer.concat([HEADER, length, block]);
    },
    async decompress(bytes) {
      const blocks = snappyBlocks(bytes);
      requireBatchSize(
        'snappy',
        blocks.reduce((sum, block) => sum + announcedBytes(block), 0),
      );
      try {
        const parts: Buffer[] = [];
        for (const block of blocks) parts.push((await snappy.uncompress(block, { asBuffer: true })) as Buffer);
        return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      } catch (error) {
        throw damaged('snappy', error);
      }
    },
  };
}

/** The compressed blocks of a batch. @throws CodecError */
export function snappyBlocks(bytes: Buffer): readonly Buffer[] {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return [bytes];
  const blocks: Buffer[] = [];
  for (let at = HEADER.length; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    at += 4;
    if (length > bytes.length - at) throw damaged('snappy', `a block that ends behind byte ${bytes.length}`);
    blocks.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (blocks.length === 0) throw damaged('snappy', 'a frame without a block');
  return blocks;
}

/** A block begins with the length of what it holds: up to 32 bits, seven a byte, the lowest first. */
function announcedBytes(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  throw damaged('snappy', 'a block without a length');
}
