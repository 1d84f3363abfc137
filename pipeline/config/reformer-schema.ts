import { z } from 'zod';
import type { ReformerConfig } from '../../models/index.ts';
import { keys, layerList, perHead, sizes } from './encoder-ranges.ts';

const chunkLength = z.int().min(1).max(65_536).optional();
const chunks = z.int().min(0).max(64).optional();
const even = z.int().min(2).max(65_536).multipleOf(2);
const numBuckets = z.union([even, z.array(even).min(1).max(8)]);

/** What the LSH layers of a stream look for. */
const stream = {
  numHashes: z.int().min(1).max(64).optional(),
  rule: z
    .enum(
      ['bucket-recency', 'prefix-exact'],
      'Expected bucket-recency or prefix-exact, because other rules give nothing before the stream ends',
    )
    .optional(),
  horizon: keys(1).optional(),
  depth: keys(1).optional(),
  fallback: keys(0).optional(),
  combine: z.enum(['lse', 'union']).optional(),
};

/** Changes to the LSH layers of a stored Reformer; a file refuses `numBuckets`, which its rotations settle. */
export const lshChanges = z.strictObject({ numBuckets: numBuckets.optional(), ...stream });

/** An untrained Reformer, told from a Longformer by its list of layers. */
export const seededReformer = z.strictObject({
  layers: layerList(z.enum(['lsh', 'local', 'window'])),
  ...sizes,
  headDim: z.int().min(1).max(8192).optional(),
  lsh: z.strictObject({ numBuckets, chunkLength, chunksBefore: chunks, chunksAfter: chunks, ...stream }).optional(),
  local: z.strictObject({ chunkLength, chunksBefore: chunks }).optional(),
  /** Look-ahead delays the findings by lookAhead × dilation for each window layer. */
  window: z
    .strictObject({ window: keys(1).optional(), lookAhead: keys(0).optional(), dilation: perHead.optional() })
    .optional(),
});

/** The configuration of a Reformer that a pipeline file describes. */
export function reformerOf(fields: z.output<typeof seededReformer>, inputSize: number): ReformerConfig {
  const { seed: _, engine: __, cachePrecision: ___, ...config } = fields;
  return { inputSize, ...config } as ReformerConfig;
}
