import type { Chunk } from '../../../core/index.ts';

/** A chunk of a RIFF file; `size` lies about the length of the body where given. */
export function riffChunk(id: string, body: Uint8Array, size = body.length): Uint8Array {
  const bytes = new Uint8Array(8 + body.length + (body.length & 1));
  bytes.set(Buffer.from(id, 'latin1'));
  new DataView(bytes.buffer).setUint32(4, size, true);
  bytes.set(body, 8);
  return bytes;
}

/** Fields of a `fmt ` chunk; each can be made to lie. */
export interface FormatFields {
  readonly tag?: number;
  readonly channels?: number;
  readonly sampleRateHz?: number;
  readonly blockAlignBytes?: number;
  readonly bitsPerSample?: number;
}

export function formatBody(fields: FormatFields = {}): Uint8Array {
  const { tag = 1, channels = 1, sampleRateHz = 16000, bitsPerSample = 16 } = fields;
  const block = fields.blockAlignBytes ?? Math.ceil((channels * bitsPerSample) / 8);
  const view = new DataView(new ArrayBuffer(16));
  view.setUint16(0, tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, sampleRateHz, true);
  view.setUint32(8, (sampleRateHz * block) >>> 0, true);
  view.setUint16(12, block, true);
  view.setUint16(14, bitsPerSample, true);
  return new Uint8Array(view.buffer);
}

/** As {@link formatBody}, wrapped as WAVE_FORMAT_EXTENSIBLE. */
export function extensibleBody(fields: FormatFields = {}): Uint8Array {
  const body = new Uint8Array(40);
  body.set(formatBody({ ...fields, tag: 0xfffe }));
  const view = new DataView(body.buffer);
  view.setUint16(16, 22, true);
  view.setUint16(18, fields.bitsPerSample ?? 16, true);
  view.setUint16(24, fields.tag ?? 1, true);
  body.set([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71], 26);
  return body;
}

/** A RIFF form of the given chunks. */
export function riff(
  chunks: readonly Uint8Array[],
  { id = 'RIFF', size, form = 'WAVE' }: { id?: string; size?: number; form?: string } = {},
): Uint8Array {
  const body = Buffer.concat(chunks);
  const head = Buffer.alloc(12);
  head.write(id, 0, 'latin1');
  head.writeUInt32LE(size ?? body.length + 4, 4);
  head.write(form, 8, 'latin1');
  return new Uint8Array(Buffer.concat([head, body]));
}

/** A plain WAV of the given format and sample bytes. */
export function wav(fields: FormatFields, data: Uint8Array, dataSize = data.length): Uint8Array {
  return riff([riffChunk('fmt ', formatBody(fields)), riffChunk('data', data, dataSize)]);
}

export function int16Bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Int16Array.from(values).buffer);
}

/** The samples of chunks, one after the other. */
export function allSamples(chunks: readonly Chunk[]): number[] {
  return chunks.flatMap((chunk) => Array.from(chunk.samples));
}
