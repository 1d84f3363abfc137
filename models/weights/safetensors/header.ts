import { WeightsError } from '../../../core/index.ts';
import { DTYPE_BYTES, type Dtype, isDtype } from './dtype.ts';
import { malformed, quote } from './faults.ts';
import { JsonCursor } from './json-cursor.ts';
import { checkLayout, MAX_NAME_LENGTH, MAX_RANK } from './layout.ts';
import type { Header, TensorInfo } from './tensor-info.ts';
import { decodeUtf8 } from './utf8.ts';

/** Bytes before the header: its length, little-endian. */
export const LENGTH_BYTES = 8;

/** Longest header, as in the reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;

/** The key of the header that is no tensor. */
export const METADATA_KEY = '__metadata__';

/**
 * Reads the length of the header from the first bytes of a file.
 * @throws WeightsError `WEIGHTS_MALFORMED` unless the file has 8 bytes and the header lies inside it.
 */
export function parseHeaderLength(start: Uint8Array, fileBytes: number): number {
  if (fileBytes < LENGTH_BYTES) {
    throw malformed(`Expected the file to have at least ${LENGTH_BYTES} bytes, got ${fileBytes}`);
  }
  const length = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  const max = Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES);
  if (length < 2n || length > BigInt(max)) {
    throw malformed(`Expected the header length to be in 2..${max}, got ${length}`);
  }
  return Number(length);
}

/**
 * Reads and checks the header of a file whose data has `dataBytes` bytes. Nothing is allocated beyond a small multiple
 * of the header itself.
 * @throws WeightsError `WEIGHTS_MALFORMED`, `WEIGHTS_UNSUPPORTED` for a dtype that cannot be read.
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number): Header {
  const text = decodeUtf8('the header', bytes);
  if (!text.startsWith('{')) throw malformed(`Expected the header to start with {, got ${quote(text.slice(0, 24))}`);
  const cursor = new JsonCursor(text);
  const metadata = new Map<string, string>();
  const tensors = new Map<string, TensorInfo>();
  cursor.members('the header', (name) => {
    if (name === METADATA_KEY) {
      cursor.members(`\`${METADATA_KEY}\``, (key) => {
        metadata.set(key, cursor.string(`\`${METADATA_KEY}\` ${quote(key)}`));
      });
      return;
    }
    checkName(name);
    tensors.set(name, parseTensor(cursor, name));
  });
  cursor.end('the header');
  checkLayout(tensors.values(), dataBytes);
  return { metadata, tensors };
}

/**
 * Checks that a file may hold a tensor of this name.
 * @throws WeightsError `WEIGHTS_MALFORMED`.
 */
export function checkName(name: string): void {
  if (name === METADATA_KEY || name.length > MAX_NAME_LENGTH) {
    throw malformed(
      `Expected the name of a tensor to have at most ${MAX_NAME_LENGTH} characters and not to be ${METADATA_KEY}, got ${quote(name)}`,
    );
  }
}

function parseTensor(cursor: JsonCursor, name: string): TensorInfo {
  const what = quote(name);
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  cursor.members(what, (field) => {
    if (field === 'dtype') dtype = cursor.string(`\`dtype\` of ${what}`);
    else if (field === 'shape') shape = cursor.integers(`\`shape\` of ${what}`, MAX_RANK);
    else if (field === 'data_offsets') offsets = cursor.integers(`\`data_offsets\` of ${what}`, 2);
    else throw malformed(`Expected the fields of ${what} to be dtype, shape and data_offsets, got ${quote(field)}`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? 'dtype' : shape === undefined ? 'shape' : 'data_offsets';
    throw malformed(`Expected ${what} to have dtype, shape and data_offsets, got no \`${missing}\``);
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined) {
    throw malformed(`Expected \`data_offsets\` of ${what} to be 2 numbers, got ${offsets.length}`);
  }
  return { name, dtype: requireDtype(name, dtype), shape, begin, end };
}

function requireDtype(name: string, word: string): Dtype {
  if (isDtype(word)) return word;
  throw new WeightsError(
    'WEIGHTS_UNSUPPORTED',
    `Expected \`dtype\` of ${quote(name)} to be one of ${Object.keys(DTYPE_BYTES).join(', ')}, got ${quote(word)}`,
  );
}
