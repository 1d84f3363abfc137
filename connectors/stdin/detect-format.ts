import { type ByteInput, byteReader, peekBytes } from '../bytes/index.ts';

/** The formats that a byte stream may have. */
export type StreamFormat = 'wav' | 'csv';

const WAV_WORDS: readonly string[] = ['RIFF', 'RF64', 'BW64'];

/**
 * The format of a stream by its first four bytes: RIFF, RF64 or BW64 is WAV; all else is CSV, whose reader
 * then judges it. No other byte and no name is looked at.
 */
export function detectFormat(firstBytes: Uint8Array): StreamFormat {
  return WAV_WORDS.includes(String.fromCharCode(...firstBytes.subarray(0, 4))) ? 'wav' : 'csv';
}

/** A format and the input that has it, not yet read. */
export interface DetectedInput {
  readonly format: StreamFormat;
  readonly input: ByteInput;
}

/**
 * Reads the first bytes of an input, tells its format and gives all of it back as a stream. The signal also ends
 * the reading of that stream.
 * @throws InputError `INPUT_UNREADABLE`.
 */
export async function detectInput(input: ByteInput, signal?: AbortSignal): Promise<DetectedInput> {
  const reader = byteReader(input);
  const { first, stream } = await peekBytes(reader.open(signal), 4);
  return { format: detectFormat(first), input: { stream, name: reader.name } };
}
