import { z } from 'zod';
import { ConfigError } from '../../core/index.ts';
import { type LongformerConfig, resolveLongformerConfig, resolveReformerConfig } from '../../models/index.ts';
import { cachePrecision, engine, keys, layerCount, perHead, perLayer, sizes, step } from './encoder-ranges.ts';
import { lshChanges, reformerOf, seededReformer } from './reformer-schema.ts';

/** What a token of a Longformer sees. */
const visibility = {
  window: perLayer(keys(1), keys(1)).optional(),
  /** Keys after a token; delays the findings by the sum over the layers of lookAhead × dilation. */
  lookAhead: perLayer(keys(0), keys(0)).optional(),
  /** One step, or one per layer, each a number or one per head. */
  dilation: perLayer(step, perHead).optional(),
  /** How many of the first tokens stay visible. */
  sinks: z.int().min(0).max(65_536).optional(),
};

/** An untrained Longformer. */
const seededLongformer = z.strictObject({
  ...sizes,
  numLayers: layerCount,
  ...visibility,
  norm: z.enum(['pre', 'post']).optional(),
  position: z.enum(['rotary', 'none']).optional(),
});

/**
 * A model by its path, seen from the working directory: a file in the single-file form, or a directory of Hugging Face. The
 * other fields say what its tokens see where that is not what the model says; they must suit its family.
 */
const stored = z.strictObject({
  model: z.string().min(1).max(4096),
  ...visibility,
  lsh: lshChanges.optional(),
  /** After the last learned position: stop with an error, or begin again with the first. */
  positionPolicy: z.enum(['error', 'recycle']).optional(),
  engine,
  cachePrecision,
});

/** The `encoder` of a pipeline file. */
export const encoder = z.union([seededLongformer, seededReformer, stored]);

type Fields = z.output<typeof encoder>;

/** What the encoder itself says of its fields taken together; its width of input comes from elsewhere. */
export function faultOfEncoder(fields: Fields | undefined, rule: { readonly causal: boolean }): string | undefined {
  if (fields === undefined || 'model' in fields || !encoder.safeParse(fields).success) return undefined;
  try {
    if (!looksAhead(fields) || !rule.causal) return undefined;
    return 'Expected no `lookAhead` with `head.anomaly.useEncoder`, because each row is judged when it comes';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** @throws ConfigError when the fields do not fit together */
function looksAhead(fields: Exclude<Fields, { model: string }>): boolean {
  if ('layers' in fields) return (resolveReformerConfig(reformerOf(fields, 1)).window?.lookAhead ?? 0) > 0;
  const { seed: _, engine: __, cachePrecision: ___, ...config } = fields;
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  const { lookAhead } = resolveLongformerConfig({ inputSize: 1, ...given } as LongformerConfig);
  return lookAhead.some((count) => count > 0);
}
