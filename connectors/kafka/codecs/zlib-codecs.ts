import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { type Codec, CodecError, type Compression, damaged, MAX_BATCH_BYTES } from './codec.ts';

type Pack = (bytes: Buffer, done: (error: Error | null, packed: Buffer) => void) => void;
type Unpack = (
  bytes: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, unpacked: Buffer) => void,
) => void;

/** Newer than the oldest Node that this package runs on. */
const { zstdCompress, zstdDecompress } = zlib as { readonly zstdCompress?: Pack; readonly zstdDecompress?: Unpack };

/** Gzip, which every Node has. */
export const gzipCodec: Codec = zlibCodec('gzip', zlib.gzip, zlib.gunzip);

/** Zstandard. @throws CodecError `DEPENDENCY_MISSING` in a Node that has it not */
export function zstdCodec(): Codec {
  if (zstdCompress !== undefined && zstdDecompress !== undefined) {
    return zlibCodec('zstd', zstdCompress, zstdDecompress);
  }
  throw new CodecError(
    `Expected Node 22.15 or newer, or 23.8 or newer, because records are compressed with zstd; this is Node ${process.versions.node}`,
    { code: 'DEPENDENCY_MISSING' },
  );
}

function zlibCodec(name: Compression, pack: Pack, unpack: Unpack): Codec {
  const compress = promisify(pack);
  const decompress = promisify(unpack);
  return {
    compress: (bytes) => compress(bytes),
    async decompress(bytes) {
      try {
        return await decompress(bytes, { maxOutputLength: MAX_BATCH_BYTES });
      } catch (error) {
        throw damaged(name, error);
      }
    },
  };
}
