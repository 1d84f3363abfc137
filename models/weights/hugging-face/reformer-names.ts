import type { ResolvedReformerConfig } from '../../reformer/index.ts';
import type { Parameter } from '../../stack/index.ts';

const LAYER_PARTS: Readonly<Record<string, string>> = {
  'attentionNorm.weight': 'attention.layer_norm.weight',
  'attentionNorm.bias': 'attention.layer_norm.bias',
  'lsh.queryKey': 'attention.self_attention.query_key.weight',
  'lsh.value': 'attention.self_attention.value.weight',
  'attention.query': 'attention.self_attention.query.weight',
  'attention.key': 'attention.self_attention.key.weight',
  'attention.value': 'attention.self_attention.value.weight',
  attentionOutput: 'attention.output.dense.weight',
  'ffnNorm.weight': 'feed_forward.layer_norm.weight',
  'ffnNorm.bias': 'feed_forward.layer_norm.bias',
  'ffnIn.weight': 'feed_forward.dense.dense.weight',
  'ffnIn.bias': 'feed_forward.dense.dense.bias',
  'ffnOut.weight': 'feed_forward.output.dense.weight',
  'ffnOut.bias': 'feed_forward.output.dense.bias',
};

const OTHER_NAMES: Readonly<Record<string, string>> = {
  'embedding.words': 'embeddings.word_embeddings.weight',
  'embedding.positions': 'embeddings.position_embeddings.embedding.weight',
  'outputNorm.weight': 'encoder.layer_norm.weight',
  'outputNorm.bias': 'encoder.layer_norm.bias',
};

/** A parameter of the encoder (`layers.0.lsh.value`) as Hugging Face names it, without the prefix of a head model. */
export function reformerName(parameter: string): string {
  const known = OTHER_NAMES[parameter];
  if (known !== undefined) return known;
  const [, axis] = /^embedding\.axial\.(\d+)$/.exec(parameter) ?? [];
  if (axis !== undefined) return `embeddings.position_embeddings.weights.${axis}`;
  const [, layer, part] = /^layers\.(\d+)\.(.+)$/.exec(parameter) ?? [];
  return `encoder.layers.${layer}.${LAYER_PARTS[part as string]}`;
}

/** The parameters that Hugging Face stores, all but the rotations, in the shapes in which it stores them. */
export function storedParameters(config: ResolvedReformerConfig, parameters: readonly Parameter[]): Parameter[] {
  return parameters
    .filter(({ name }) => layerOfRotations(name) === undefined)
    .map(({ name, shape }) => ({ name, shape: axialShape(config, name) ?? shape }));
}

/** The layer whose rotations a parameter is, if it is some. */
export function layerOfRotations(parameter: string): number | undefined {
  const [, layer] = /^layers\.(\d+)\.lsh\.rotations$/.exec(parameter) ?? [];
  return layer === undefined ? undefined : Number(layer);
}

/** A table of axial positions has axes of length 1 around its own. */
function axialShape(config: ResolvedReformerConfig, name: string): readonly number[] | undefined {
  const [, axis] = /^embedding\.axial\.(\d+)$/.exec(name) ?? [];
  if (axis === undefined) return undefined;
  const own = Number(axis);
  return [...config.axialShape.map((rows, i) => (i === own ? rows : 1)), config.axialSizes[own] as number];
}
