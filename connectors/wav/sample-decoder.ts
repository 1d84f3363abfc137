import type { WavFormat } from './wav-format.ts';

/**
 * Turns bytes into float32 samples: `bytes` holds whole samples, `samples` one place for each.
 * Integers become `v / 2^(bits - 1)`, so -1 is reached and +1 is not; 8-bit PCM is unsigned around 128;
 * A-law and mu-law expand to 16 bits first (ITU-T G.711). Float64 is rounded to float32.
 */
export type SampleDecoder = (bytes: Uint8Array, samples: Float32Array) => void;

/** The decoder of a format. O(1) per sample, no allocation per sample. */
export function sampleDecoder(format: WavFormat): SampleDecoder {
  switch (format.encoding) {
    case 'alaw':
      return tableDecoder(ALAW_TABLE);
    case 'mulaw':
      return tableDecoder(MULAW_TABLE);
    case 'float':
      return format.bitsPerSample === 32 ? decodeFloat32 : decodeFloat64;
    case 'pcm':
      return PCM_DECODERS[format.bitsPerSample as 8 | 16 | 24 | 32];
  }
}

const PCM_DECODERS: Readonly<Record<8 | 16 | 24 | 32, SampleDecoder>> = {
  8: (bytes, samples) => {
    for (let i = 0; i < samples.length; i++) samples[i] = (bytes[i]! - 128) / 128;
  },
  16: (bytes, samples) => {
    const view = viewOf(bytes);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(i * 2, true) / 32768;
  },
  24: (bytes, samples) => {
    for (let i = 0; i < samples.length; i++) {
      const at = i * 3;
      const left = (bytes[at]! << 8) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 24);
      samples[i] = (left >> 8) / 8388608;
    }
  },
  32: (bytes, samples) => {
    const view = viewOf(bytes);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt32(i * 4, true) / 2147483648;
  },
};

const decodeFloat32: SampleDecoder = (bytes, samples) => {
  const view = viewOf(bytes);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getFloat32(i * 4, true);
};

const decodeFloat64: SampleDecoder = (bytes, samples) => {
  const view = viewOf(bytes);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getFloat64(i * 8, true);
};

function tableDecoder(table: Float32Array): SampleDecoder {
  return (bytes, samples) => {
    for (let i = 0; i < samples.length; i++) samples[i] = table[bytes[i]!]!;
  };
}

const MULAW_BIAS = 0x84;

const MULAW_TABLE = new Float32Array(256).map((_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + MULAW_BIAS) << ((bits & 0x70) >> 4)) - MULAW_BIAS;
  return ((bits & 0x80) === 0 ? magnitude : -magnitude) / 32768;
});

const ALAW_TABLE = new Float32Array(256).map((_, code) => {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const mantissa = (bits & 0x0f) << 4;
  const magnitude = segment === 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);
  return ((bits & 0x80) === 0 ? -magnitude : magnitude) / 32768;
});

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
