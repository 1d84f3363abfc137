import { createRequire } from 'node:module';
import { COMPRESSIONS, CodecError, type Compression, loadCodec } from './codecs/index.ts';

/** The client's codecs by their number in a batch of records. */
type ClientCodecs = Record<number, () => ClientCodec>;

interface ClientCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const filled = new WeakSet<ClientCodecs>();

/** The number of a compression, as Kafka's protocol has it. */
export function compressionNumber(compression: Compression): number {
  return COMPRESSIONS.indexOf(compression);
}

/**
 * Gives the client what it has no codec for, each loaded when the first batch asks for it, and puts a codec that bounds what it
 * makes in the place of its own for gzip. A codec that the program has set itself stays.
 *
 * Does nothing the second time.
 */
export function fillInCodecs(): void {
  const client = createRequire(import.meta.url)('kafkajs') as { readonly CompressionCodecs: ClientCodecs };
  const codecs = client.CompressionCodecs;
  if (filled.has(codecs)) return;
  filled.add(codecs);
  for (const name of COMPRESSIONS) {
    const number = compressionNumber(name);
    if (name === 'none' || (name !== 'gzip' && isThere(codecs, number))) continue;
    codecs[number] = () => ({
      compress: ({ buffer }) => told(async () => (await loadCodec(name)).compress(buffer)),
      decompress: (bytes) => told(async () => (await loadCodec(name)).decompress(bytes)),
    });
  }
}

/** The client keeps an error's cause where it has one, and the error itself only where it has none. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new CodecError(error.message, { code: error.code, cause: error });
  }
}

/** In the place of a codec that it has not, the client keeps a function that throws. */
function isThere(codecs: ClientCodecs, number: number): boolean {
  try {
    return codecs[number]?.() !== undefined;
  } catch {
    return false;
  }
}
