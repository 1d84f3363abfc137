import { z } from 'zod';

/** What becomes of records that do not follow the one before them in their stream, by the indices of their samples. */
export const inputOrder = z.strictObject({
  /** Samples that were all taken before: `drop` counts them, `dead-letter` puts the record aside. */
  duplicates: z.enum(['drop', 'dead-letter']).default('drop'),
  /**
   * A record behind samples that have not come: `restart` ends the stream and begins it anew behind the gap, `dead-letter` puts
   * the record aside, so that the stream waits for what is missing.
   */
  gaps: z.enum(['restart', 'dead-letter']).default('restart'),
  /** Where records go whose samples lie before a gap that was passed: to the dead letters, or the input topic with `.late` behind it. */
  late: z.enum(['dead-letter', 'topic']).default('dead-letter'),
  /** How many records of a stream, and samples in them, wait for samples before them. Default: none. */
  reorder: z
    .strictObject({
      maxChunks: z.int().min(1).max(10_000).default(16),
      maxSamples: z.int().min(1).max(10_000_000).default(160_000),
    })
    .optional(),
});

/** Checked settings with their defaults filled in. */
export type InputOrderConfig = z.output<typeof inputOrder>;
