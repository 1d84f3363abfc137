import { describe, expect, it } from 'vitest';
import { createReformer } from '../../../models/index.ts';
import { dot } from '../longformer/dense-math.ts';
import { largestDifference } from '../longformer/dense-oracle.ts';
import { type DenseInput, denseReformer } from './dense-oracle.ts';
import { type HuggingFaceCase, huggingFace } from './hugging-face-fixture.ts';
import { huggingFaceModel } from './hugging-face-model.ts';

/** The expected numbers are given with four decimals. */
const PRINTED = 5.1e-5;
const slices = huggingFace.cases.filter(({ expected }) => expected !== undefined);
const losses = huggingFace.cases.filter(({ kind }) => kind === 'lm_loss');

/** Outputs of a test for one sequence of the batch: the second stream, the encodings and the logits, `[n][…]`. */
interface Outputs {
  readonly x2: number[][];
  readonly encodings: number[][];
  readonly logits: number[][];
}

function inputOf(one: HuggingFaceCase, sequence: number): DenseInput {
  const rows = one.kind === 'layer' ? huggingFace.hidden_states[sequence] : huggingFace.input_ids[sequence];
  const masks = { layer: huggingFace.layer_attention_mask, model: huggingFace.attention_mask, none: undefined };
  const kinds = masks[one.mask ?? 'none']?.[sequence];
  const tokens = Float32Array.from((rows ?? []).flat());
  return kinds === undefined ? { tokens } : { tokens, kinds: Uint8Array.from(kinds) };
}

function byEncoder(one: HuggingFaceCase, sequence: number): Outputs {
  const model = huggingFaceModel(one);
  const encoder = createReformer(model.config, { weights: model.weights });
  const out = encoder.encodeSequence({ ...inputOf(one, sequence), trace: true });
  const encodings = rowsOf(out.encodings, encoder.outputSize);
  const x2 = rowsOf(out.layers.at(-1)?.x2 ?? new Float32Array(0), model.config.hiddenSize);
  return { x2, encodings, logits: logitsOf(model.decoder, encodings) };
}

function byOracle(one: HuggingFaceCase, sequence: number): Outputs {
  const model = huggingFaceModel(one);
  const { encodings, layers } = denseReformer(model, { ...inputOf(one, sequence), isWhole: true });
  return { x2: layers.at(-1)?.x2 ?? [], encodings, logits: logitsOf(model.decoder, encodings) };
}

/** The numbers that a test looks at: of the first token, or of the last of a language model. */
function lookedAt(one: HuggingFaceCase, outputs: (sequence: number) => Outputs): readonly number[] | undefined {
  if (one.kind === 'lm') return outputs(1).logits.at(-1);
  return outputs(0)[one.kind === 'layer' ? 'x2' : 'encodings'][0];
}

function rowsOf(flat: Float32Array, width: number): number[][] {
  return Array.from({ length: flat.length / width }, (_, t) => Array.from(flat.subarray(t * width, (t + 1) * width)));
}

function logitsOf(decoder: Float32Array, encodings: number[][]): number[][] {
  const words = rowsOf(decoder, encodings[0]?.length ?? 1);
  return encodings.map((row) => words.map((word) => dot(word, row)));
}

function expectSlice(name: string, actual: readonly number[] | undefined, expected: readonly number[]): void {
  const differences = expected.map((value, i) => Math.abs(value - (actual?.[i] ?? Number.NaN)));
  console.log(`${name}: largest difference ${Math.max(...differences).toExponential(2)}`);
  for (const difference of differences) expect(difference).toBeLessThan(PRINTED);
}

/** Mean cross entropy of the logits of a token against the id of the next one, over the batch. */
function lossOf(batch: readonly { readonly logits: number[][]; readonly ids: Float32Array }[]): number {
  const terms = batch.flatMap(({ logits, ids }) =>
    logits.slice(0, -1).map((row, t) => {
      const max = Math.max(...row);
      return max + Math.log(row.reduce((sum, z) => sum + Math.exp(z - max), 0)) - (row[ids[t + 1] as number] as number);
    }),
  );
  return terms.reduce((sum, term) => sum + term, 0) / terms.length;
}

describe('the integration tests of the Reformer in Hugging Face transformers', () => {
  it.each(slices)('$name: the encoder gives the expected numbers', (one) => {
    const given = lookedAt(one, (sequence) => byEncoder(one, sequence));
    expectSlice(one.name, given, one.expected ?? []);
  });

  it.each(slices)('$name: the encoder gives every token as the definition does', (one) => {
    for (const sequence of one.kind === 'layer' ? [0] : [0, 1]) {
      const actual = byEncoder(one, sequence);
      const expected = byOracle(one, sequence);
      for (const of of ['x2', 'encodings'] as const) {
        expect(largestDifference(expected[of].flat(), actual[of].flat())).toBeLessThan(2e-5);
      }
    }
  });

  it.each(losses)('$name: the encoder gives the expected loss of the language model', (one) => {
    const batch = [0, 1].map((sequence) => ({
      logits: byEncoder(one, sequence).logits,
      ids: inputOf(one, sequence).tokens,
    }));
    expectSlice(one.name, [lossOf(batch)], [one.expected_loss ?? 0]);
  });

  it.each(losses)('$name: the tables of the positions start with the expected numbers', (one) => {
    const [first, second] = huggingFaceModel(one).weights.embedding.axial ?? [];
    expectSlice(`${one.name} first axis`, [...(first?.subarray(11, 16) ?? [])], one.axial0_1_0_last5 ?? []);
    expectSlice(`${one.name} second axis`, [...(second?.subarray(8, 13) ?? [])], one.axial1_0_1_first5 ?? []);
  });
});
