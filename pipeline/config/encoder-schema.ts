import { z } from 'zod';
import { ConfigError } from '../../core/index.ts';
import { type LongformerConfig, resolveLongformerConfig } from '../../models/index.ts';

const MAX_KEYS = 1_048_576;
const MAX_LAYERS = 256;
const MAX_HEADS = 256;

/** One number for all layers, or one entry for each. */
const perLayer = <T extends z.ZodType>(one: z.ZodNumber, entry: T) => z.union([one, z.array(entry).max(MAX_LAYERS)]);

const keys = (min: number) => z.int().min(min).max(MAX_KEYS);
const step = z.int().min(1).max(65_536);

/** An untrained encoder. */
const seeded = z.strictObject({
  hiddenSize: z.int().min(1).max(8192),
  numLayers: z.int().min(1).max(MAX_LAYERS),
  numHeads: z.int().min(1).max(MAX_HEADS),
  ffnSize: z.int().min(1).max(65_536).optional(),
  window: perLayer(keys(1), keys(1)).optional(),
  /** Keys after a token; delays the findings by the sum over the layers of lookAhead × dilation. */
  lookAhead: perLayer(keys(0), keys(0)).optional(),
  /** One step, or one per layer, each a number or one per head. */
  dilation: perLayer(step, z.union([step, z.array(step).max(MAX_HEADS)])).optional(),
  /** How many of the first tokens stay visible. */
  sinks: z.int().min(0).max(65_536).optional(),
  norm: z.enum(['pre', 'post']).optional(),
  activation: z.enum(['gelu', 'gelu-tanh', 'silu', 'relu']).optional(),
  position: z.enum(['rotary', 'none']).optional(),
  /** Seed of the untrained weights. */
  seed: z.int().min(0).max(4_294_967_295).default(1),
});

/** What the tokens of a stored model see, where it is not what its file says. */
const overrides = {
  window: perLayer(keys(1), keys(1)).optional(),
  lookAhead: perLayer(keys(0), keys(0)).optional(),
  dilation: perLayer(step, z.union([step, z.array(step).max(MAX_HEADS)])).optional(),
  sinks: z.int().min(0).max(65_536).optional(),
  /** After the last learned position: stop with an error, or begin again with the first. */
  positionPolicy: z.enum(['error', 'recycle']).optional(),
};

/** A model by its path, seen from the working directory: a file in the single-file form, or a directory of Hugging Face. */
const stored = z.strictObject({ model: z.string().min(1).max(4096), ...overrides });

/** The `encoder` of a pipeline file. */
export const encoder = z.union([seeded, stored]);

/** What the encoder itself says of its fields taken together; its width of input comes from elsewhere. */
export function faultOfEncoder(
  fields: z.output<typeof encoder> | undefined,
  rule: { readonly causal: boolean },
): string | undefined {
  if (fields === undefined || 'model' in fields || !seeded.safeParse(fields).success) return undefined;
  const { seed: _, ...config } = fields;
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  try {
    const { lookAhead } = resolveLongformerConfig({ inputSize: 1, ...given } as LongformerConfig);
    if (!rule.causal || lookAhead.every((count) => count === 0)) return undefined;
    return 'Expected no `lookAhead` with `head.anomaly.useEncoder`, because each row is judged when it comes';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
