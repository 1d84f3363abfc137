export { ByteCursor } from './byte-cursor.ts';
export { type ByteInput, type ByteReader, byteReader } from './byte-input.ts';
export { type PeekedBytes, peekBytes } from './peek-bytes.ts';
export { untilAborted } from './until-aborted.ts';
