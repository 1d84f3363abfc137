import { Random } from '../../core/index.ts';
import {
  buildTaskWeights,
  createReformer,
  createTaskHead,
  type ReformerModel,
  type TaskConfig,
} from '../../models/index.ts';
import { VOCABULARY } from './duplication-data.ts';

const HIDDEN = 64;
const CHUNK = 16;

/**
 * A small model for the duplication task with weights from a seed: one LSH layer of width 64 with 4 heads, 8 hash rounds in
 * chunks of 16, learned positions. It has learned nothing; a training may start from its configuration.
 * @param length ids of a sequence, a multiple of 16
 */
export function untrainedModel(length: number, seed: number): ReformerModel {
  const encoder = createReformer(
    {
      inputSize: 1,
      input: 'ids',
      vocabSize: VOCABULARY,
      hiddenSize: HIDDEN,
      numHeads: 4,
      layers: ['lsh'],
      position: 'learned',
      maxPositions: length,
      lsh: {
        numBuckets: 2 * Math.max(1, Math.round(length / CHUNK)),
        numHashes: 8,
        chunkLength: CHUNK,
        horizon: length,
      },
    },
    { seed },
  );
  const config: TaskConfig = {
    task: 'language',
    hiddenSize: HIDDEN,
    inputSize: encoder.outputSize,
    outputs: VOCABULARY,
    layerNormEps: 1e-12,
  };
  const random = new Random(seed + 1);
  const limit = 1 / Math.sqrt(encoder.outputSize);
  const weights = buildTaskWeights(
    config,
    (_, shape) => new Float32Array(shape.reduce((all, size) => all * size, 1)).map(() => random.nextSymmetric(limit)),
    undefined,
  );
  return { encoder, head: createTaskHead(config, weights), labels: [] };
}
