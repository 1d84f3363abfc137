import { arithmetic, requireInteger, requireNumber, requireOneOf, show } from '../../../core/index.ts';
import type { ReformerConfig } from '../../reformer/index.ts';
import { invalid, readActivation, readLabels, requireObject } from './config-fields.ts';

/** Reformer classes of Hugging Face that can be loaded. */
export const REFORMER_ARCHITECTURES = [
  'ReformerModel',
  'ReformerModelWithLMHead',
  'ReformerForMaskedLM',
  'ReformerForSequenceClassification',
] as const;

/** One of {@link REFORMER_ARCHITECTURES}. */
export type ReformerArchitecture = (typeof REFORMER_ARCHITECTURES)[number];

/** What a `config.json` of a Reformer says, checked. */
export interface HuggingFaceReformerConfig {
  readonly architecture: ReformerArchitecture;
  /** For ids, by the rule `offline`. The number of buckets is absent where the file leaves it open. */
  readonly reformer: Omit<ReformerConfig, 'lsh'> & { readonly lsh?: Partial<NonNullable<ReformerConfig['lsh']>> };
  /** Seed that draws the same rotations for every layer, where the file has one. */
  readonly hashSeed: number | undefined;
  readonly labels: readonly string[];
}

/**
 * Reads the fields of a Reformer's `config.json`; those that change no result in evaluation are not looked at. The
 * ends of a sequence meet, as the reference has it.
 * @param architecture instead of the first of `architectures`
 * @throws ConfigError `CONFIG_INVALID`, naming the field as the file does
 */
export function parseReformerConfig(json: unknown, architecture?: ReformerArchitecture): HuggingFaceReformerConfig {
  const fields = requireObject(json);
  requireOneOf('model_type', fields.model_type ?? 'reformer', ['reformer']);
  const integer = (name: string, fallback: number, max: number, min = 1): number =>
    requireInteger(name, fields[name] ?? fallback, { min, max });
  const layers = readLayers(fields.attn_layers ?? ['local', 'lsh', 'local', 'lsh', 'local', 'lsh']);
  const causal = fields.is_decoder === true;
  const given: unknown = Array.isArray(fields.architectures) ? fields.architectures[0] : fields.architectures;
  const after = integer('local_num_chunks_after', 0, 64, 0);
  return {
    architecture: requireOneOf('architectures', architecture ?? given ?? 'ReformerModel', REFORMER_ARCHITECTURES),
    reformer: {
      inputSize: 1,
      input: 'ids',
      vocabSize: integer('vocab_size', 320, 2 ** 24),
      hiddenSize: integer('hidden_size', 256, 8192),
      numHeads: integer('num_attention_heads', 12, 256),
      headDim: integer('attention_head_size', 64, 8192),
      layers,
      ffnSize: integer('feed_forward_size', 512, 65_536),
      activation: readActivation(fields.hidden_act ?? 'relu'),
      layerNormEps: requireNumber('layer_norm_eps', fields.layer_norm_eps ?? 1e-12, { min: 1e-12, max: 0.1 }),
      causal,
      wrap: 'circular',
      ...(layers.includes('lsh') ? { lsh: readLsh(fields, integer) } : {}),
      ...(layers.includes('local')
        ? {
            local: {
              chunkLength: integer('local_attn_chunk_length', 64, 65_536),
              chunksBefore: integer('local_num_chunks_before', 1, 64, 0),
              chunksAfter: after,
            },
          }
        : {}),
      ...readPositions(fields, integer),
    },
    hashSeed: readSeed(fields.hash_seed),
    labels: readLabels(fields.id2label),
  };
}

type ReadInteger = (name: string, fallback: number, max: number, min?: number) => number;

function readLsh(
  fields: Readonly<Record<string, unknown>>,
  integer: ReadInteger,
): Partial<NonNullable<ReformerConfig['lsh']>> {
  const numBuckets = fields.num_buckets ?? undefined;
  return {
    ...(numBuckets === undefined ? {} : { numBuckets: readBuckets(numBuckets) }),
    numHashes: integer('num_hashes', 1, 64),
    chunkLength: integer('lsh_attn_chunk_length', 64, 65_536),
    chunksBefore: integer('lsh_num_chunks_before', 1, 64, 0),
    chunksAfter: integer('lsh_num_chunks_after', 0, 64, 0),
    rule: 'offline',
  };
}

function readBuckets(given: unknown): number | readonly number[] {
  if (!Array.isArray(given)) return requireInteger('num_buckets', given, { min: 2, max: 65_536 });
  return given.map((factor, i) => requireInteger(`num_buckets[${i}]`, factor, { min: 2, max: 65_536 }));
}

function readPositions(fields: Readonly<Record<string, unknown>>, integer: ReadInteger): Partial<ReformerConfig> {
  if (fields.axial_pos_embds === false) {
    return { position: 'learned', maxPositions: integer('max_position_embeddings', 4096, 2 ** 24) };
  }
  return {
    position: 'axial',
    axialShape: readList('axial_pos_shape', fields.axial_pos_shape ?? [64, 64], 2 ** 24),
    axialSizes: readList('axial_pos_embds_dim', fields.axial_pos_embds_dim ?? [64, 192], 8192),
  };
}

function readList(name: string, given: unknown, max: number): number[] {
  if (!Array.isArray(given) || given.length === 0)
    throw invalid(`Expected \`${name}\` to be a list of numbers, got ${show(given)}`);
  return given.map((value, i) => requireInteger(`${name}[${i}]`, value, { min: 1, max }));
}

function readLayers(given: unknown): ('lsh' | 'local')[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > 256) {
    throw invalid(`Expected \`attn_layers\` to be a list of 1..256 of lsh, local, got ${show(given)}`);
  }
  return given.map((kind, i) => requireOneOf(`attn_layers[${i}]`, kind, ['lsh', 'local']));
}

function readSeed(given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  return requireInteger('hash_seed', given, { min: 0, max: 2 ** 32 - 1 });
}

/**
 * The number of buckets that the reference chooses at the first sequence longer than a chunk.
 * @param length tokens of that sequence, padding included
 */
export function chooseNumBuckets(length: number, chunkLength: number, maxPositions: number): number | number[] {
  const power = 31 - Math.clz32(2 * Math.floor(length / chunkLength));
  const limit = 2 * Math.max(Math.floor(Math.sqrt(Math.floor(maxPositions / chunkLength))), chunkLength);
  if (arithmetic.powerOfTwo(power) <= limit) return arithmetic.powerOfTwo(power);
  const half = Math.floor(power / 2);
  return [arithmetic.powerOfTwo(half), arithmetic.powerOfTwo(power - half)];
}
