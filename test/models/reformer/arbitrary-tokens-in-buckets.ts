import fc from 'fast-check';
import type { RecencyShape } from '../../../models/reformer/recency-buckets.ts';

/** A stream of tokens with their buckets: what the bucket structures are filled with. */
export interface BucketStream {
  readonly shape: RecencyShape;
  /** Bucket of each token in each table (head · rounds + round), `[n][tables]`. */
  readonly tokens: readonly (readonly number[])[];
  /** `[n]` */
  readonly masked: readonly boolean[];
}

/** Streams up to several horizons long, with few buckets (many ties) and with many, and with masked tokens. */
export const arbitraryBucketStream: fc.Arbitrary<BucketStream> = fc
  .record({
    heads: fc.integer({ min: 1, max: 2 }),
    rounds: fc.integer({ min: 1, max: 3 }),
    numBuckets: fc.constantFrom(2, 4, 16),
    horizon: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(200)),
  })
  .chain((shape) => {
    const bucket = fc.oneof(fc.nat({ max: shape.numBuckets - 1 }), fc.constant(0));
    const tables = shape.heads * shape.rounds;
    const token = fc.tuple(fc.array(bucket, { minLength: tables, maxLength: tables }), fc.nat({ max: 4 }));
    return fc.array(token, { maxLength: 60, size: 'max' }).map((stream) => ({
      shape,
      tokens: stream.map(([buckets]) => buckets),
      masked: stream.map(([, dice]) => dice === 0),
    }));
  });

/** The unmasked tokens of the horizon before `next`, oldest first. */
export function remembered({ shape, masked }: BucketStream, next: number): number[] {
  return masked.flatMap((isMasked, j) => (!isMasked && j < next && j >= next - shape.horizon ? [j] : []));
}

/** A number that no snapshot of buckets holds, or one that leads a walk astray. */
export const HOSTILE = [Number.NaN, Infinity, -Infinity, -2, 0.5, 1e300, 2 ** 53, 2 ** 31];
