import { openReader } from './bandwidth-module.ts';
import { tokenTraffic } from './configs.ts';
import type { LongformerModel } from './engines/engine.ts';
import type { BandwidthMeasurement } from './measurement.ts';
import type { SliceFigures, Timed } from './slices.ts';

/** Bytes that one turn of the reader takes. */
const STEP = 128;

/** A reader of memory that is timed beside the engines. */
export interface BandwidthReader {
  readonly timed: Timed;
  /** What its slices say. */
  measurement(figures: SliceFigures): BandwidthMeasurement;
}

/**
 * Reads a buffer as large as what one token of one stream reads, again and again: a token cannot be cheaper than reading
 * its weights and caches once.
 */
export function bandwidthReader(model: LongformerModel): BandwidthReader {
  const { weightBytes, cacheBytes } = tokenTraffic(model.encoder);
  const bytes = Math.ceil((weightBytes + cacheBytes) / STEP) * STEP;
  const read = openReader(bytes);
  return {
    timed: { tokensPerCall: 1, call: () => void read(bytes, 1) },
    measurement: ({ usPerToken: floorUs }) => ({
      bench: 'bandwidth',
      config: model.size,
      bytes,
      gbPerSecond: bytes / floorUs / 1000,
      floorUs,
    }),
  };
}
