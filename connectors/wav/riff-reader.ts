import { type ErrorCode, InputError } from '../../core/index.ts';
import type { ByteCursor } from '../bytes/index.ts';
import { MAX_FORMAT_BYTES, parseWavFormat, type WavFormat } from './wav-format.ts';

/** What stands before the samples of a WAV. */
export interface WavHeader extends WavFormat {
  /** Byte offset of the first sample. */
  readonly dataOffset: number;
  /** Declared bytes of samples; `undefined` where the writer could not know (a pipe). */
  readonly dataBytes: number | undefined;
}

/**
 * Sizes that writers on a pipe put where the size is not known: all ones (ffmpeg and the RF64 rule),
 * 2^31 - 1, 2^31 (arecord) and 2^31 - 4096 (sox).
 */
const UNKNOWN_SIZES: ReadonlySet<number> = new Set([0xffffffff, 0x7fffffff, 0x80000000, 0x7ffff000]);
const DS64_BYTES = 28;

interface RiffSizes {
  /** Byte offset at which the RIFF form ends by its own word; `undefined` where unknown. */
  readonly formEnd: number | undefined;
  /** The 64-bit size of the `data` chunk of an RF64 file. */
  readonly data64: number | undefined;
}

/**
 * Reads a RIFF, RF64 or BW64 header up to the first sample, passing over every other chunk without keeping it,
 * and leaves the cursor there. Memory: at most 64 KiB for the `fmt ` chunk.
 *
 * A `data` size of 0 means an unknown size where the form declares that nothing follows it (a writer that
 * could not seek back); otherwise it means no samples.
 * @throws InputError `INPUT_EMPTY`, `WAV_MALFORMED`, `WAV_UNSUPPORTED`, `WAV_TRUNCATED`.
 */
export async function readRiffHeader(cursor: ByteCursor, source: string): Promise<WavHeader> {
  let sizes = await readForm(cursor, source);
  let format: WavFormat | undefined;
  for (;;) {
    const at = cursor.offset;
    const head = await cursor.read(8);
    if (head.length === 0) throw fault('WAV_MALFORMED', source, at, 'Expected a `data` chunk, the stream ends');
    requireWhole(head, 8, { source, at, what: 'a chunk header' });
    const id = fourCharacters(head, 0);
    const size = uint32(head, 4);
    if (id === 'data') {
      if (format === undefined) {
        throw fault('WAV_MALFORMED', source, at, 'Expected a `fmt ` chunk before the `data` chunk, got none');
      }
      return header(format, { dataOffset: cursor.offset, size, sizes, source });
    }
    if (id === 'fmt ') {
      if (format !== undefined) throw fault('WAV_MALFORMED', source, at, 'Expected one `fmt ` chunk, got a second');
      format = await readFormat(cursor, size, source);
    } else if (id === 'ds64') {
      sizes = await readDs64(cursor, size, source);
    } else {
      const skipped = await cursor.skip(size + (size & 1));
      if (skipped < size) {
        const what = `chunk ${JSON.stringify(id)} to hold ${size} bytes`;
        throw fault('WAV_TRUNCATED', source, at, `Expected ${what}, the stream ends after ${skipped}`);
      }
    }
  }
}

async function readForm(cursor: ByteCursor, source: string): Promise<RiffSizes> {
  const head = await cursor.read(12);
  if (head.length === 0) throw fault('INPUT_EMPTY', source, 0, 'Expected a WAV stream, got no bytes');
  const id = fourCharacters(head, 0);
  const known = ['RIFF', 'RF64', 'BW64'].some((word) => word === id || (head.length < 4 && word.startsWith(id)));
  if (!known) throw fault('WAV_MALFORMED', source, 0, `Expected RIFF or RF64, got ${JSON.stringify(id)}`);
  requireWhole(head, 12, { source, at: 0, what: 'a RIFF header' });
  const form = fourCharacters(head, 8);
  if (form !== 'WAVE') throw fault('WAV_MALFORMED', source, 8, `Expected the form WAVE, got ${JSON.stringify(form)}`);
  const size = uint32(head, 4);
  return { formEnd: size === 0 || UNKNOWN_SIZES.has(size) ? undefined : size + 8, data64: undefined };
}

async function readFormat(cursor: ByteCursor, size: number, source: string): Promise<WavFormat> {
  const at = cursor.offset;
  if (size > MAX_FORMAT_BYTES) {
    const most = `at most ${MAX_FORMAT_BYTES} bytes`;
    throw fault('WAV_MALFORMED', source, at - 4, `Expected a \`fmt \` chunk of ${most}, got ${size}`);
  }
  const body = await cursor.read(size);
  requireWhole(body, size, { source, at, what: 'a `fmt ` chunk' });
  const format = parseWavFormat(body, { source, byteOffset: at });
  await cursor.skip(size & 1);
  return format;
}

async function readDs64(cursor: ByteCursor, size: number, source: string): Promise<RiffSizes> {
  const at = cursor.offset;
  if (size < DS64_BYTES) {
    throw fault('WAV_MALFORMED', source, at - 4, `Expected a \`ds64\` chunk of at least 28 bytes, got ${size}`);
  }
  const body = await cursor.read(DS64_BYTES);
  requireWhole(body, DS64_BYTES, { source, at, what: 'a `ds64` chunk' });
  const form = uint64(body, 0);
  const data64 = uint64(body, 8);
  await cursor.skip(size - DS64_BYTES + (size & 1));
  return { formEnd: form === undefined || form === 0 ? undefined : form + 8, data64 };
}

interface DataChunk {
  readonly dataOffset: number;
  readonly size: number;
  readonly sizes: RiffSizes;
  readonly source: string;
}

function header(format: WavFormat, { dataOffset, size, sizes, source }: DataChunk): WavHeader {
  let dataBytes: number | undefined = size;
  if (size === 0xffffffff && sizes.data64 !== undefined) dataBytes = sizes.data64;
  else if (UNKNOWN_SIZES.has(size)) dataBytes = undefined;
  const nothingDeclaredAfter = sizes.formEnd === undefined || sizes.formEnd <= dataOffset;
  if (dataBytes === 0 && nothingDeclaredAfter) dataBytes = undefined;
  if (dataBytes !== undefined && dataBytes % format.blockAlignBytes !== 0) {
    const whole = `whole samples of ${format.blockAlignBytes} bytes`;
    throw fault('WAV_MALFORMED', source, dataOffset - 4, `Expected \`data\` to hold ${whole}, got ${dataBytes} bytes`);
  }
  return { ...format, dataOffset, dataBytes };
}

interface Wanted {
  readonly source: string;
  readonly at: number;
  readonly what: string;
}

function requireWhole(bytes: Uint8Array, length: number, { source, at, what }: Wanted): void {
  if (bytes.length === length) return;
  throw fault(
    'WAV_TRUNCATED',
    source,
    at,
    `Expected ${what} of ${length} bytes, the stream ends after ${bytes.length}`,
  );
}

function fault(code: ErrorCode, source: string, byteOffset: number, message: string): InputError {
  return new InputError(code, message, { source, byteOffset });
}

function fourCharacters(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

/** `undefined` beyond what a double counts exactly: no stream is that long, so the size is not known. */
function uint64(bytes: Uint8Array, at: number): number | undefined {
  const value = uint32(bytes, at + 4) * 2 ** 32 + uint32(bytes, at);
  return Number.isSafeInteger(value) ? value : undefined;
}
