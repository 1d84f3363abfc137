import { requireInteger, requireNumber, type StreamEncoder } from '../../../core/index.ts';

/** Options of {@link createAnomalyHead}. */
export interface AnomalyHeadOptions {
  /** Values per row, 1..256. */
  readonly channels: number;
  /** Rows in which the head only learns and scores 0, 10..100000. Default 300. They are held in memory until they are full. */
  readonly probationRows?: number;
  /**
   * Rows per token, 1..1000: the grain at which novelty is judged. Default for one channel
   * min(12, max(2, probationRows / 50)), for several 3.
   */
  readonly tokenRows?: number;
  /** Score from which a row counts as an anomaly, 0..1. Default 0.5. */
  readonly threshold?: number;
  /**
   * Rows per day, 48..1e9, where the rows come at a steady rate: adds the means of the same time of day and of week to the
   * forecast (288 for a row every five minutes). Default: none.
   */
  readonly rowsPerDay?: number;
  /** Its encodings become features of the forecast: a causal encoder of one input channel, with a stream for each channel. */
  readonly encoder?: StreamEncoder;
}

/** Options with every default filled in. */
export interface ResolvedAnomalyOptions {
  readonly channels: number;
  readonly probationRows: number;
  readonly tokenRows: number;
  readonly threshold: number;
  readonly rowsPerDay: number | undefined;
  readonly encoder: StreamEncoder | undefined;
}

/** @throws ConfigError `CONFIG_INVALID`, naming the option */
export function resolveAnomalyOptions(options: AnomalyHeadOptions): ResolvedAnomalyOptions {
  const channels = requireInteger('channels', options.channels, { min: 1, max: 256 });
  const probationRows = requireInteger('probationRows', options.probationRows ?? 300, { min: 10, max: 100_000 });
  const grain = channels > 1 ? 3 : Math.min(12, Math.max(2, Math.round(probationRows / 50)));
  if (options.encoder !== undefined) {
    requireInteger('encoder.inputSize', options.encoder.inputSize, { min: 1, max: 1 });
    // A row is judged when it comes, so its encoding must be there.
    requireInteger('encoder.latencyTokens', options.encoder.latencyTokens, { min: 0, max: 0 });
  }
  return {
    channels,
    probationRows,
    tokenRows: requireInteger('tokenRows', options.tokenRows ?? grain, { min: 1, max: 1000 }),
    threshold: requireNumber('threshold', options.threshold ?? 0.5, { min: 0, max: 1 }),
    rowsPerDay:
      options.rowsPerDay === undefined
        ? undefined
        : requireNumber('rowsPerDay', options.rowsPerDay, { min: 48, max: 1e9 }),
    encoder: options.encoder,
  };
}
