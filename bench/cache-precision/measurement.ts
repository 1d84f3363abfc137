import type { CachePrecision } from '../../models/index.ts';

interface Place {
  readonly bench: 'cache-precision';
  readonly subject: string;
  readonly precision: CachePrecision;
}

/** What a precision changes and what it takes; the differences are against float32, over the same tokens. */
export interface ErrorMeasurement extends Place {
  readonly kind: 'error';
  /** Tokens that were encoded. */
  readonly tokens: number;
  /** Largest absolute difference of a number of the encodings. */
  readonly most: number;
  /** Root mean square of the differences. */
  readonly rms: number;
  /** The same divided by the root mean square of the encodings. */
  readonly relative: number;
  /** Bytes of caches of a stream, and of its snapshot, after these tokens. */
  readonly streamBytes: number;
  readonly snapshotBytes: number;
}

/** The price of a token, one token a stream and call. */
export interface PriceMeasurement extends Place {
  readonly kind: 'price';
  readonly streams: number;
  /** CPU microseconds, the median of the slices. */
  readonly usPerToken: number;
  readonly lowest: number;
  /** The median divided by that of float32 in the same turns. */
  readonly ratio: number;
}

export type Measurement = ErrorMeasurement | PriceMeasurement;
