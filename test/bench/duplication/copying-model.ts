import { VOCABULARY } from '../../../bench/duplication/duplication-data.ts';
import { Random } from '../../../core/index.ts';
import {
  buildReformerWeights,
  createReformer,
  createTaskHead,
  type LshConfig,
  normalNumbers,
  type ReformerModel,
  resolveReformerConfig,
} from '../../../models/index.ts';

/** Numbers of a code; a code is 32 signs and their opposites, so that its mean is 0 and its square 1. */
const CODE = 64;
/** A row holds the code of its symbol, of the place that it looks for, and what it has copied. */
const HIDDEN = 3 * CODE;

/**
 * A model whose weights are written by hand so that it copies: the token before symbol i of the second word carries the place
 * of symbol i of the first, which draws its attention there; the head reads the symbol that came with it.
 * @param length ids of a sequence, even
 */
export function copyingModel(length: number, lsh: LshConfig): ReformerModel {
  const random = new Random(9);
  const [symbols, places] = [codes(random, VOCABULARY), codes(random, length / 2 + 1)];
  const config = resolveReformerConfig({
    inputSize: 1,
    input: 'ids',
    vocabSize: VOCABULARY,
    hiddenSize: HIDDEN,
    numHeads: 1,
    headDim: CODE,
    layers: ['lsh'],
    ffnSize: 1,
    position: 'learned',
    maxPositions: length,
    lsh,
  });
  const written: Record<string, (array: Float32Array) => void> = {
    'embedding.words': (array) => {
      for (const [id, code] of symbols.entries()) array.set(code, id * HIDDEN);
    },
    'embedding.positions': (array) => {
      for (let t = 0; t < length; t++) {
        const place = t < length / 2 ? t : t - length / 2 + 1;
        array.set(places[place] as Float32Array, t * HIDDEN + CODE);
      }
    },
    'layers.0.lsh.queryKey': (array) => fillDiagonal(array, { from: CODE, width: HIDDEN, value: 8 }),
    'layers.0.lsh.value': (array) => fillDiagonal(array, { from: 0, width: HIDDEN, value: 1 }),
    'layers.0.lsh.rotations': (array) => array.set(normalNumbers(random, array.length)),
    'layers.0.attentionOutput': (array) => {
      for (let c = 0; c < CODE; c++) array[(2 * CODE + c) * CODE + c] = 1;
    },
  };
  const weights = buildReformerWeights(config, (name, shape) => {
    const array = new Float32Array(shape.reduce((all, size) => all * size, 1));
    if (/Norm\.weight$/.test(name)) array.fill(1);
    written[name]?.(array);
    return array;
  });
  const outputs = new Float32Array(VOCABULARY * 2 * HIDDEN);
  for (const [id, code] of symbols.entries()) outputs.set(code, id * 2 * HIDDEN + 2 * CODE);
  const output = { inSize: 2 * HIDDEN, outSize: VOCABULARY, weight: outputs, bias: new Float32Array(VOCABULARY) };
  const task = {
    task: 'language',
    hiddenSize: HIDDEN,
    inputSize: 2 * HIDDEN,
    outputs: VOCABULARY,
    layerNormEps: 1e-12,
  } as const;
  return { encoder: createReformer(config, { weights }), head: createTaskHead(task, { output }), labels: [] };
}

function codes(random: Random, count: number): Float32Array[] {
  return Array.from({ length: count }, () => {
    const signs = Array.from({ length: CODE / 2 }, () => (random.nextUnit() < 0.5 ? -1 : 1));
    return Float32Array.from([...signs, ...signs.map((sign) => -sign)]);
  });
}

/** Ones, times `value`, where output c reads input `from` + c. */
function fillDiagonal(
  array: Float32Array,
  { from, width, value }: { readonly from: number; readonly width: number; readonly value: number },
): void {
  for (let c = 0; c < CODE; c++) array[c * width + from + c] = value;
}
