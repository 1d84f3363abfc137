import type { ReformerModel, ReformerSequenceOutput } from '../../models/index.ts';
import type { Results } from './results.ts';

/** One sequence of a case. */
export interface ReformerInput {
  readonly tokens: Float32Array;
  readonly kinds: Uint8Array;
}

/** A model, a sequence of a case, and what its results are called. */
export interface WrittenReformer {
  readonly model: ReformerModel;
  readonly sequence: ReformerInput;
  readonly prefix: string;
}

/** Everything inside and at the end of the pass over sequence `b`. */
export function writeReformer(
  results: Results,
  written: WrittenReformer,
  output: ReformerSequenceOutput,
  b: number,
): void {
  const { model, sequence, prefix } = written;
  const { hiddenSize, numHeads, headDim } = model.encoder.config;
  const { kinds } = sequence;
  results.rows(`${prefix}embeddings`, output.embeddings, { b, width: hiddenSize, kinds, masked: true });
  output.layers.forEach((layer, i) => {
    results.rows(`${prefix}layers.${i}.x1`, layer.x1, { b, width: hiddenSize, kinds });
    results.rows(`${prefix}layers.${i}.x2`, layer.x2, { b, width: hiddenSize, kinds });
    results.rows(`${prefix}layers.${i}.context`, layer.context, { b, width: numHeads * headDim, kinds });
    results.whole(`${prefix}layers.${i}.buckets`, layer.buckets, b);
    results.whole(`${prefix}layers.${i}.order`, layer.order, b);
    results.whole(`${prefix}attentions.${i}`, layer.attention, b);
  });
  writeEncodings(results, written, output.encodings, b);
}

/** What comes out of the encoder and its head for sequence `b`. */
export function writeEncodings(
  results: Results,
  { model, sequence, prefix }: WrittenReformer,
  encodings: Float32Array,
  b: number,
): void {
  const { kinds } = sequence;
  results.rows(`${prefix}last_hidden_state`, encodings, { b, width: model.encoder.outputSize, kinds });
  if (model.head === undefined) return;
  const scores = model.head.run(encodings);
  const whole = model.head.config.task === 'sequence-classification';
  const rule = whole
    ? { width: scores.length, kinds: kinds.subarray(0, 1) }
    : { width: scores.length / kinds.length, kinds };
  results.rows(`${prefix}logits`, scores, { b, ...rule, masked: !whole });
}
