import { type Chunk, InputError, requireInteger, requireOneOf, type Source } from '../../core/index.ts';
import { ByteCursor, type ByteInput, type ByteReader, byteReader } from '../bytes/index.ts';
import { readRiffHeader, type WavHeader } from './riff-reader.ts';
import { sampleDecoder } from './sample-decoder.ts';

const DEFAULT_CHUNK_SAMPLES = 1600;
const MAX_CHUNK_SAMPLES = 65536;

/** Options of {@link wavSource}. */
export interface WavSourceOptions extends ByteInput {
  /** Name of the stream in every chunk; default the name of the input. */
  readonly streamId?: string;
  /** Samples in each chunk but the last, 1..65536; default 1600 (0.1 s at 16 kHz). */
  readonly chunkSamples?: number;
  /** `keep` leaves the channels as they are; `mono` gives their mean. Default `keep`. */
  readonly channelMix?: 'keep' | 'mono';
}

/**
 * A WAV file or pipe as chunks of float32 samples `[T, channels]`: RIFF, RF64 and BW64; PCM of 8, 16, 24 and
 * 32 bits, float of 32 and 64, A-law, mu-law, each also as EXTENSIBLE; the size may be unknown. What follows
 * the `data` chunk is not read. Every chunk but the last has `chunkSamples` samples, however the bytes arrive.
 *
 * Memory: one chunk and one piece of input. Samples that stand before a fault are delivered before it is thrown.
 * @throws ConfigError for an option out of range. While reading InputError: `INPUT_UNREADABLE`, `INPUT_EMPTY`,
 *   `WAV_MALFORMED`, `WAV_UNSUPPORTED`, `WAV_TRUNCATED`, `VALUE_NOT_FINITE`, each with its byte offset.
 * @example
 * for await (const chunk of wavSource({ path: 'speech.wav' }).open()) console.log(chunk.startSample); // 0 1600 3200
 */
export function wavSource(options: WavSourceOptions): Source<Chunk> {
  const reader = byteReader(options);
  const settings: WavSettings = {
    source: reader.name,
    streamId: options.streamId ?? reader.name,
    chunkSamples: requireInteger('chunkSamples', options.chunkSamples ?? DEFAULT_CHUNK_SAMPLES, {
      min: 1,
      max: MAX_CHUNK_SAMPLES,
    }),
    mono: requireOneOf('channelMix', options.channelMix ?? 'keep', ['keep', 'mono']) === 'mono',
  };
  return { name: reader.name, open: (signal) => chunksOf(reader, settings, signal) };
}

/**
 * Reads only the header of a WAV file or pipe and closes it.
 * @throws InputError as {@link wavSource}.
 */
export async function readWavHeader(input: ByteInput): Promise<WavHeader> {
  const reader = byteReader(input);
  const cursor = new ByteCursor(reader.open());
  try {
    return await readRiffHeader(cursor, reader.name);
  } finally {
    await cursor.close();
  }
}

interface WavSettings {
  readonly source: string;
  readonly streamId: string;
  readonly chunkSamples: number;
  readonly mono: boolean;
}

async function* chunksOf(
  reader: ByteReader,
  settings: WavSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk, void, undefined> {
  const cursor = new ByteCursor(reader.open(signal));
  try {
    const header = await readRiffHeader(cursor, settings.source);
    for await (const chunk of dataChunks(cursor, header, settings)) {
      // What has arrived of the chunk that the abort cut short is not given.
      if (signal?.aborted === true) return;
      yield chunk;
    }
  } catch (error) {
    // Where the caller stopped the reading, the bytes end early by intent.
    if (signal?.aborted !== true) throw error;
  } finally {
    await cursor.close();
  }
}

async function* dataChunks(
  cursor: ByteCursor,
  header: WavHeader,
  { source, streamId, chunkSamples, mono }: WavSettings,
): AsyncGenerator<Chunk, void, undefined> {
  const { blockAlignBytes, channels, sampleRateHz, dataOffset } = header;
  const decode = sampleDecoder(header);
  const declared = header.dataBytes ?? Number.POSITIVE_INFINITY;
  let startSample = 0;
  for (;;) {
    const received = cursor.offset - dataOffset;
    const wanted = Math.min(chunkSamples * blockAlignBytes, declared - received);
    const bytes = wanted === 0 ? new Uint8Array(0) : await cursor.read(wanted);
    const length = Math.floor(bytes.length / blockAlignBytes);
    const decoded = new Float32Array(length * channels); // [length, channels]
    decode(bytes.subarray(0, length * blockAlignBytes), decoded);
    const badIndex = header.encoding === 'float' ? indexOfNonFinite(decoded) : -1;
    const good = badIndex < 0 ? length : Math.floor(badIndex / channels);
    if (good > 0) {
      const kept = good === length ? decoded : decoded.slice(0, good * channels);
      const samples = mono ? meanOfChannels(kept, channels) : kept;
      yield { streamId, startSample, sampleRateHz, channels: mono ? 1 : channels, samples, eventTimeMs: undefined };
    }
    if (badIndex >= 0) throw notFinite(header, { source, sample: startSample + good, channel: badIndex % channels });
    startSample += length;
    if (bytes.length < chunkSamples * blockAlignBytes) {
      requireComplete(header, { source, received: cursor.offset - dataOffset });
      return;
    }
  }
}

function requireComplete(
  header: WavHeader,
  { source, received }: { readonly source: string; readonly received: number },
): void {
  const place = { source, byteOffset: header.dataOffset + received };
  if (header.dataBytes !== undefined && received < header.dataBytes) {
    const declared = `\`data\` to hold the declared ${header.dataBytes} bytes`;
    throw new InputError('WAV_TRUNCATED', `Expected ${declared}, received ${received}`, place);
  }
  const rest = received % header.blockAlignBytes;
  if (rest !== 0) {
    const whole = `whole samples of ${header.blockAlignBytes} bytes`;
    throw new InputError('WAV_TRUNCATED', `Expected ${whole}, the stream ends ${rest} bytes into one`, place);
  }
  if (received === 0) throw new InputError('INPUT_EMPTY', 'Expected at least 1 sample, got none', place);
}

function notFinite(
  header: WavHeader,
  at: { readonly source: string; readonly sample: number; readonly channel: number },
): InputError {
  return new InputError(
    'VALUE_NOT_FINITE',
    `Expected sample ${at.sample} of channel ${at.channel} to be a finite float32, got another`,
    { source: at.source, byteOffset: header.dataOffset + at.sample * header.blockAlignBytes },
  );
}

function indexOfNonFinite(samples: Float32Array): number {
  for (let i = 0; i < samples.length; i++) if (!Number.isFinite(samples[i]!)) return i;
  return -1;
}

/** `samples: [T, channels]` → `[T]`, summed in double precision and rounded once. */
function meanOfChannels(samples: Float32Array, channels: number): Float32Array {
  const mono = new Float32Array(samples.length / channels);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[i * channels + channel]!;
    mono[i] = sum / channels;
  }
  return mono;
}
