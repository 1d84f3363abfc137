import { ConfigError, type EncoderStream, type StreamPush } from '../../core/index.ts';
import { LayeredStream } from './layered-stream.ts';
import type { StackModel } from './stack-model.ts';
import { StackPass } from './stack-pass.ts';

/** A stream that can say beforehand what it would refuse. */
export interface CheckedStream extends EncoderStream {
  /**
   * Checks what `push` would take, and changes nothing.
   * @throws as `push`
   */
  check(tokens: Float32Array, kinds?: Uint8Array): void;
}

/**
 * Checks a batch of streams of one encoder before anything is taken in, so one bad entry leaves every stream untouched.
 * @param isOwn whether a stream is one of the encoder
 * @throws ConfigError `CONFIG_INVALID` for a stream of another encoder, or one that is there twice; as `push`
 */
export function requireBatch<S extends CheckedStream>(
  batch: readonly StreamPush[],
  isOwn: (stream: EncoderStream) => stream is S,
): S[] {
  const streams = new Set<S>();
  batch.forEach(({ stream, tokens, kinds }, i) => {
    if (!isOwn(stream)) {
      throw new ConfigError('CONFIG_INVALID', `Expected \`batch[${i}].stream\` to be one of this encoder, got another`);
    }
    if (streams.has(stream)) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `Expected every stream of a batch once, got that of \`batch[${i}]\` again`,
      );
    }
    streams.add(stream);
    stream.check(tokens, kinds);
  });
  return [...streams];
}

/**
 * Pushes to several streams of one stack: their tokens go through each layer together, so weights are read once for all rows of
 * a pass.
 * @throws as {@link requireBatch}
 */
export function pushTogether(model: StackModel, batch: readonly StreamPush[]): Float32Array[] {
  const isOwn = (stream: EncoderStream): stream is LayeredStream =>
    stream instanceof LayeredStream && stream.model === model;
  const streams = requireBatch(batch, isOwn);
  const works = streams.map((stream, i) => {
    const { tokens, kinds } = batch[i] as StreamPush;
    return stream.work(tokens, kinds);
  });
  const pass = new StackPass(model);
  pass.begin();
  for (const work of works) {
    while (work.left > 0) {
      pass.fill(work);
      if (pass.room > 0) continue;
      pass.run();
      pass.begin();
    }
  }
  pass.run();
  return works.map((work) => work.encodings);
}
