import { z } from 'zod';
import { CACHE_PRECISIONS, ENGINES } from '../../models/index.ts';

const MAX_LAYERS = 256;
const MAX_HEADS = 256;

/** Number of keys or tokens. */
export const keys = (min: number) => z.int().min(min).max(1_048_576);

/** Distance of two keys: one number, or one per head. */
export const step = z.int().min(1).max(65_536);
export const perHead = z.union([step, z.array(step).max(MAX_HEADS)]);

/** One number for all layers, or one entry for each. */
export const perLayer = <T extends z.ZodType>(one: z.ZodNumber, entry: T) =>
  z.union([one, z.array(entry).max(MAX_LAYERS)]);

/** What an encoder is computed with: `auto` takes `wasm` where the machine has it. The findings are the same. */
export const engine = z.enum(['auto', ...ENGINES]).optional();

/** How keys and values of streams are stored: `int16` and `int8` take a half and a quarter of the memory, and change the findings a little. */
export const cachePrecision = z.enum(CACHE_PRECISIONS).optional();

/** Fields that untrained encoders of all families have. */
export const sizes = {
  hiddenSize: z.int().min(1).max(8192),
  numHeads: z.int().min(1).max(MAX_HEADS),
  ffnSize: z.int().min(1).max(65_536).optional(),
  activation: z.enum(['gelu', 'gelu-tanh', 'silu', 'relu']).optional(),
  engine,
  cachePrecision,
  /** Seed of the untrained weights. */
  seed: z.int().min(0).max(4_294_967_295).default(1),
};

/** Number of layers, or one entry for each. */
export const layerCount = z.int().min(1).max(MAX_LAYERS);
export const layerList = <T extends z.ZodType>(entry: T) => z.array(entry).min(1).max(MAX_LAYERS);
