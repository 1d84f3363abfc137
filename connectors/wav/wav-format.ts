import { type ErrorCode, InputError } from '../../core/index.ts';

/** How one sample is written. */
export type WavEncoding = 'pcm' | 'float' | 'alaw' | 'mulaw';

/** What the `fmt ` chunk of a WAV says. */
export interface WavFormat {
  readonly encoding: WavEncoding;
  /** 8, 16, 24 or 32 for PCM; 32 or 64 for float; 8 for A-law and mu-law. */
  readonly bitsPerSample: number;
  /** 1..64. */
  readonly channels: number;
  /** 1..10 000 000. */
  readonly sampleRateHz: number;
  /** Bytes of one sample of all channels. */
  readonly blockAlignBytes: number;
}

/** Longest `fmt ` chunk that is read. */
export const MAX_FORMAT_BYTES = 65536;
const MIN_FORMAT_BYTES = 16;
const EXTENSIBLE_BYTES = 40;
const MAX_CHANNELS = 64;
const MAX_SAMPLE_RATE_HZ = 10_000_000;

const EXTENSIBLE_TAG = 0xfffe;
const ENCODINGS: ReadonlyMap<number, { readonly encoding: WavEncoding; readonly bits: readonly number[] }> = new Map([
  [1, { encoding: 'pcm', bits: [8, 16, 24, 32] }],
  [3, { encoding: 'float', bits: [32, 64] }],
  [6, { encoding: 'alaw', bits: [8] }],
  [7, { encoding: 'mulaw', bits: [8] }],
]);

/** The last 14 bytes of every sub-format GUID that stands for a plain format tag. */
const GUID_TAIL = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

/**
 * Reads the body of a `fmt ` chunk, WAVE_FORMAT_EXTENSIBLE included.
 * @param place where the body begins, for messages.
 * @throws InputError `WAV_MALFORMED` for an impossible header, `WAV_UNSUPPORTED` for one of another kind.
 */
export function parseWavFormat(
  body: Uint8Array,
  place: { readonly source: string; readonly byteOffset: number },
): WavFormat {
  const fault = (code: ErrorCode, at: number, message: string): InputError =>
    new InputError(code, message, { source: place.source, byteOffset: place.byteOffset + at });
  if (body.length < MIN_FORMAT_BYTES) {
    throw fault('WAV_MALFORMED', 0, `Expected a \`fmt \` chunk of at least 16 bytes, got ${body.length}`);
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const tag = view.getUint16(0, true);
  const channels = view.getUint16(2, true);
  const sampleRateHz = view.getUint32(4, true);
  const blockAlignBytes = view.getUint16(12, true);
  const bitsPerSample = view.getUint16(14, true);
  const known = ENCODINGS.get(tag === EXTENSIBLE_TAG ? subFormatTag(view, fault) : tag);
  if (known === undefined) {
    const at = tag === EXTENSIBLE_TAG ? 24 : 0;
    const got = `0x${view.getUint16(at, true).toString(16).padStart(4, '0')}`;
    throw fault('WAV_UNSUPPORTED', at, `Expected the format to be PCM, float, A-law or mu-law, got tag ${got}`);
  }
  if (!known.bits.includes(bitsPerSample)) {
    const allowed = known.bits.join(', ');
    throw fault('WAV_UNSUPPORTED', 14, `Expected ${known.encoding} samples of ${allowed} bits, got ${bitsPerSample}`);
  }
  if (channels === 0) throw fault('WAV_MALFORMED', 2, 'Expected at least 1 channel, got 0');
  if (channels > MAX_CHANNELS) {
    throw fault('WAV_UNSUPPORTED', 2, `Expected at most ${MAX_CHANNELS} channels, got ${channels}`);
  }
  if (sampleRateHz === 0) throw fault('WAV_MALFORMED', 4, 'Expected a sample rate above 0 Hz, got 0');
  if (sampleRateHz > MAX_SAMPLE_RATE_HZ) {
    throw fault('WAV_UNSUPPORTED', 4, `Expected a sample rate up to ${MAX_SAMPLE_RATE_HZ} Hz, got ${sampleRateHz}`);
  }
  const needed = (channels * bitsPerSample) / 8;
  if (blockAlignBytes !== needed) {
    const layout = `${channels} channels of ${bitsPerSample} bits`;
    throw fault('WAV_MALFORMED', 12, `Expected a block of ${needed} bytes for ${layout}, got ${blockAlignBytes}`);
  }
  return { encoding: known.encoding, bitsPerSample, channels, sampleRateHz, blockAlignBytes };
}

type Fault = (code: ErrorCode, at: number, message: string) => InputError;

function subFormatTag(view: DataView, fault: Fault): number {
  if (view.byteLength < EXTENSIBLE_BYTES) {
    throw fault('WAV_MALFORMED', 0, `Expected an extensible \`fmt \` chunk of 40 bytes, got ${view.byteLength}`);
  }
  if (!GUID_TAIL.every((byte, index) => view.getUint8(26 + index) === byte)) {
    throw fault('WAV_UNSUPPORTED', 24, 'Expected the sub-format GUID of a plain format, got another');
  }
  return view.getUint16(24, true);
}
