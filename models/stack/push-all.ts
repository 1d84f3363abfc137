import { ConfigError, type EncoderStream, type StreamPush } from '../../core/index.ts';

/** A stream that can say beforehand what it would refuse. */
export interface CheckedStream extends EncoderStream {
  /**
   * Checks what `push` would take, and changes nothing.
   * @throws as `push`
   */
  check(tokens: Float32Array, kinds?: Uint8Array): void;
}

/**
 * Pushes to several streams of one class. All is checked before anything is taken in, so one bad entry leaves every stream
 * untouched.
 * @param type class of the streams of the encoder
 * @throws ConfigError `CONFIG_INVALID` for a stream of another class; as `push`
 */
export function pushAll(
  type: abstract new (...parts: never[]) => CheckedStream,
  batch: readonly StreamPush[],
): Float32Array[] {
  for (const { stream, tokens, kinds } of batch) {
    if (!(stream instanceof type)) {
      throw new ConfigError(
        'CONFIG_INVALID',
        'Expected every `stream` of the batch to be one of this encoder, got another',
      );
    }
    stream.check(tokens, kinds);
  }
  return batch.map(({ stream, tokens, kinds }) => stream.push(tokens, kinds));
}
