export { COMPRESSIONS, type Codec, CodecError, type Compression, MAX_BATCH_BYTES } from './codec.ts';
export { loadCodec, missingForCodec } from './load-codec.ts';
