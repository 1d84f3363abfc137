import { type Chunk, ConfigError, InputError, requireOneOf, show } from '../../core/index.ts';
import { headerNumber, headerText, malformed, requireValue, streamIdOf } from './record-fields.ts';
import { badState, checkLimits, fallbackTimeMs, type RecordDecoder, type RecordLimits } from './record-format.ts';
import { type KafkaRecord, type OutgoingRecord, placeOf } from './transport.ts';

/** How samples lie in the value, little-endian: 16-bit integers that span [-1, 1), or float32. */
export type PcmFormat = 'pcm_s16le' | 'pcm_f32le';

const BYTES_PER_SAMPLE = { pcm_s16le: 2, pcm_f32le: 4 } as const;
const MAX_CHANNELS = 64;
const MAX_RATE_HZ = 1e7;

/**
 * Reads records that hold a block of raw samples: the value is `[T, channels]` interleaved, the key the stream id,
 * and headers (decimal text) say the rest:
 *
 * | header | is |
 * |---|---|
 * | `lw-format` | `pcm_s16le` or `pcm_f32le` |
 * | `lw-sample-rate` | samples per second, above 0 |
 * | `lw-channels` | 1..64 |
 * | `lw-start-sample` | index of the first sample in its stream, 0..2^53-1 |
 * | `lw-event-time-ms` | event time of the first sample, ms since 1970; optional |
 *
 * The chunk's samples are a fresh Float32Array. Holds no state.
 */
export function pcmDecoder(limits: RecordLimits = {}): RecordDecoder {
  const checked = checkLimits(limits);
  return {
    decode(record) {
      const streamId = streamIdOf(record);
      const value = requireValue(record, checked.maxRecordBytes);
      const format = formatOf(record);
      const sampleRateHz = headerNumber(record, 'lw-sample-rate', { min: 0, max: MAX_RATE_HZ, integer: false });
      if (sampleRateHz <= 0) throw malformed(record, 'Expected header `lw-sample-rate` to be above 0, got "0"');
      const channels = headerNumber(record, 'lw-channels', { min: 1, max: MAX_CHANNELS, integer: true });
      const frameBytes = BYTES_PER_SAMPLE[format] * channels;
      if (value.length % frameBytes !== 0) {
        throw malformed(
          record,
          `Expected the value to hold whole samples of ${frameBytes} bytes (${format}, ${channels} channels), got ${value.length} bytes`,
        );
      }
      const max = Number.MAX_SAFE_INTEGER - value.length / frameBytes;
      const startSample = headerNumber(record, 'lw-start-sample', { min: 0, max, integer: true });
      const eventTimeMs = eventTimeOf(record) ?? fallbackTimeMs(record, checked);
      const samples = format === 'pcm_s16le' ? readInt16(value) : readFloat32(record, value, startSample, channels);
      return { streamId, startSample, sampleRateHz, channels, samples, eventTimeMs };
    },
    mark: () => new Map(),
    rewind: () => {},
    state: () => null,
    restore: (streamId, state) => {
      if (state !== null) throw badState(streamId, 'no content, because the format is pcm', state);
    },
    forget: () => {},
  };
}

/**
 * Makes the record that {@link pcmDecoder} reads back. `pcm_f32le` (default) keeps every bit; `pcm_s16le` rounds to
 * 1/32768 and clips. The chunk's event time goes into its header exactly and into the record's timestamp in whole ms.
 * @throws ConfigError for float64 samples (sensor rows go as JSON) or more than 64 channels
 */
export function encodePcmRecord(chunk: Chunk, options: { readonly format?: PcmFormat } = {}): OutgoingRecord {
  const format = requireOneOf('format', options.format ?? 'pcm_f32le', ['pcm_s16le', 'pcm_f32le']);
  const { samples, channels, sampleRateHz, startSample, eventTimeMs, streamId } = chunk;
  if (!(samples instanceof Float32Array) || !(sampleRateHz > 0) || channels > MAX_CHANNELS) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`chunk\` to be audio (float32, a rate, at most ${MAX_CHANNELS} channels), got ${samples.constructor.name} at ${sampleRateHz} Hz with ${channels} channels`,
    );
  }
  return {
    key: streamId,
    value: format === 'pcm_s16le' ? writeInt16(samples) : writeFloat32(samples),
    headers: {
      'lw-format': format,
      'lw-sample-rate': String(sampleRateHz),
      'lw-channels': String(channels),
      'lw-start-sample': String(startSample),
      ...(eventTimeMs === undefined ? {} : { 'lw-event-time-ms': String(eventTimeMs) }),
    },
    ...(eventTimeMs === undefined || eventTimeMs < 0 ? {} : { timestampMs: Math.round(eventTimeMs) }),
  };
}

function formatOf(record: KafkaRecord): PcmFormat {
  const text = headerText(record, 'lw-format');
  if (text === 'pcm_s16le' || text === 'pcm_f32le') return text;
  throw malformed(
    record,
    `Expected header \`lw-format\` to be pcm_s16le or pcm_f32le, got ${text === undefined ? 'none' : show(text)}`,
  );
}

function eventTimeOf(record: KafkaRecord): number | undefined {
  if (!record.headers.has('lw-event-time-ms')) return undefined;
  return headerNumber(record, 'lw-event-time-ms', { min: -8.64e15, max: 8.64e15, integer: false });
}

function readInt16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(bytes.length / 2);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
  return samples;
}

function readFloat32(record: KafkaRecord, bytes: Uint8Array, startSample: number, channels: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(bytes.length / 4);
  for (let i = 0; i < samples.length; i++) {
    const sample = view.getFloat32(4 * i, true);
    if (!Number.isFinite(sample)) {
      throw new InputError(
        'VALUE_NOT_FINITE',
        `Expected sample ${startSample + Math.floor(i / channels)}, channel ${i % channels} to be finite, got ${sample}`,
        placeOf(record),
      );
    }
    samples[i] = sample;
  }
  return samples;
}

function writeInt16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) {
    view.setInt16(2 * i, Math.max(-32768, Math.min(32767, Math.round(samples[i]! * 32768))), true);
  }
  return bytes;
}

function writeFloat32(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) view.setFloat32(4 * i, samples[i]!, true);
  return bytes;
}
