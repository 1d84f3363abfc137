import { requireRows } from '../../../core/index.ts';
import {
  applyActivation,
  applyLayerNorm,
  applyLinear,
  applyTanh,
  type LayerNorm,
  type Linear,
} from '../../kernels/reference/index.ts';
import { requireTaskConfig, type TaskConfig, type TaskWeights } from './task-weights.ts';

/** A head over the encodings of a finite sequence. */
export interface TaskHead {
  readonly config: TaskConfig;
  readonly weights: TaskWeights;
  /**
   * `encodings` `[n, inputSize]`, n ≥ 1 → `[n, outputs]`, or `[1, outputs]` for pooling and sequence classification.
   * Scores are not normalised (logits).
   * @throws ShapeError `SHAPE_MISMATCH`
   */
  run(encodings: Float32Array): Float32Array;
}

/**
 * Makes a task head in the forms that Hugging Face gives the Longformer and the Reformer.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function createTaskHead(config: TaskConfig, weights: TaskWeights): TaskHead {
  const { hiddenSize, task, inputSize = hiddenSize } = requireTaskConfig(config);
  const whole = task === 'pooling' || task === 'sequence-classification';
  return {
    config,
    weights,
    run(encodings) {
      const count = requireRows('encodings', encodings, inputSize);
      const rows = whole ? Math.min(1, count) : count;
      const width = weights.output?.outSize ?? hiddenSize;
      const scores = new Float32Array(rows * width);
      for (let t = 0; t < rows; t++) {
        const hidden = transform(weights, task, encodings.subarray(t * inputSize, (t + 1) * inputSize));
        const row = scores.subarray(t * width, (t + 1) * width);
        if (weights.output === undefined) row.set(hidden);
        else applyLinear(weights.output, hidden, row);
      }
      return scores;
    },
  };
}

/** tanh(W x + b) from token 0, or LN(gelu(W x + b)) for masked language; nothing for the others. */
function transform(weights: TaskWeights, task: TaskConfig['task'], encoding: Float32Array): Float32Array {
  if (weights.transform === undefined) return encoding;
  const hidden = new Float32Array((weights.transform as Linear).outSize);
  applyLinear(weights.transform, encoding, hidden);
  if (task !== 'masked-language') {
    applyTanh(hidden);
    return hidden;
  }
  applyActivation('gelu', hidden);
  applyLayerNorm(weights.norm as LayerNorm, hidden, hidden);
  return hidden;
}
