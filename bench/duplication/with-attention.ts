import { Random } from '../../core/index.ts';
import {
  createReformer,
  type LshRule,
  normalNumbers,
  type ReformerEncoder,
  type ReformerWeights,
  type ResolvedReformerConfig,
} from '../../models/index.ts';

type LshFields = NonNullable<ResolvedReformerConfig['lsh']>;

/** Seed of rounds that a model does not hold. */
const EXTRA_SEED = 17;

/**
 * The same model with another number of hash rounds: the first of those that its weights hold, and where it holds fewer,
 * seeded ones beside them. Rotations are not trained, so a model may be asked for more rounds than it learned with.
 * @param encoder has LSH layers
 */
export function withRounds(
  encoder: ReformerEncoder,
  { rounds, rule }: { readonly rounds: number; readonly rule: LshRule },
): ReformerEncoder {
  const lsh = encoder.config.lsh as LshFields;
  const weights = mapRotations(encoder, (rotations) => takeRounds(rotations, encoder.config, rounds));
  return createReformer({ ...encoder.config, lsh: { ...lsh, numHashes: rounds, rule } }, { weights });
}

/** The same model whose LSH layers see every earlier token of sequences of up to `length`, as one chunk. */
export function withFullAttention(encoder: ReformerEncoder, length: number): ReformerEncoder {
  const { config } = encoder;
  const lsh = config.lsh as LshFields;
  // Other layers pad the sequence to whole chunks of their own.
  const local = config.local?.chunkLength ?? 1;
  const chunkLength = Math.ceil(length / local) * local;
  const { weights } = encoder;
  return createReformer({ ...config, lsh: { ...lsh, rule: 'offline', chunkLength } }, { weights });
}

function mapRotations(
  { weights }: ReformerEncoder,
  change: (rotations: Float32Array) => Float32Array,
): ReformerWeights {
  const layers = weights.layers.map((layer) =>
    layer.lsh === undefined ? layer : { ...layer, lsh: { ...layer.lsh, rotations: change(layer.lsh.rotations) } },
  );
  return { ...weights, layers };
}

/** `[heads, headDim, held, width]` → `[heads, headDim, rounds, width]`. */
function takeRounds(rotations: Float32Array, config: ResolvedReformerConfig, rounds: number): Float32Array {
  const held = (config.lsh as LshFields).numHashes;
  const width = rotations.length / (config.numHeads * config.headDim * held);
  const rows = config.numHeads * config.headDim;
  const kept = Math.min(held, rounds) * width;
  const extra = normalNumbers(new Random(EXTRA_SEED), rows * (rounds * width - kept));
  const taken = new Float32Array(rows * rounds * width);
  for (let row = 0; row < rows; row++) {
    const from = row * (rounds * width - kept);
    taken.set(rotations.subarray(row * held * width, row * held * width + kept), row * rounds * width);
    taken.set(extra.subarray(from, from + rounds * width - kept), row * rounds * width + kept);
  }
  return taken;
}
