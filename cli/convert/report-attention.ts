import type { EncoderModel, LshRule } from '../../models/index.ts';

/** What a token of a converted model sees; fields of the other family are absent. */
export interface AttentionReport {
  readonly family: string;
  readonly layers: number;
  /** Of a Longformer: keys at and before a token, one per layer. */
  readonly window?: readonly number[];
  /** Of a Longformer: keys after a token, one per layer. */
  readonly lookAhead?: readonly number[];
  /** Of a Reformer: attention of each layer. */
  readonly kinds?: readonly string[];
  /** Of a Reformer with LSH layers. */
  readonly lsh?: {
    /** Even factors, whose product is the number of buckets. */
    readonly numBuckets: readonly number[];
    readonly numHashes: number;
    readonly chunkLength: number;
    readonly rule: LshRule;
    /** Tokens that a stream remembers. */
    readonly horizon: number;
  };
}

/** Gathers what a token of an encoder sees. */
export function reportAttention({ family, config }: EncoderModel['encoder']): AttentionReport {
  if ('numLayers' in config) {
    return { family, layers: config.numLayers, window: config.window, lookAhead: config.lookAhead };
  }
  const { layers: kinds, lsh } = config;
  const report = { family, layers: kinds.length, kinds };
  if (lsh === undefined) return report;
  const { numBuckets, numHashes, chunkLength, rule, horizon } = lsh;
  return { ...report, lsh: { numBuckets, numHashes, chunkLength, rule, horizon } };
}

/**
 * The report as lines.
 * @param size width and heads, in words
 */
export function attentionLines(report: AttentionReport, size: string): string[] {
  const encoder = `encoder  ${report.family}, ${report.layers} layers, ${size}`;
  if (report.kinds === undefined) return [`${encoder}; window ${windowText(report)}`];
  return [`${encoder}; ${summary(report.kinds)}`, ...(report.lsh === undefined ? [] : [lshLine(report.lsh)])];
}

function windowText({ window = [], lookAhead = [] }: AttentionReport): string {
  return summary(window.map((before, i) => `${before} + ${lookAhead[i]} ahead`));
}

/** One entry for each layer, or the one that all have. */
function summary(entries: readonly string[]): string {
  return new Set(entries).size === 1 ? `${entries[0]}, all layers` : entries.join(', ');
}

function lshLine({ numBuckets, numHashes, chunkLength, rule, horizon }: NonNullable<AttentionReport['lsh']>): string {
  const buckets = numBuckets.reduce((product, factor) => product * factor, 1);
  const factors = numBuckets.length === 1 ? '' : ` (${numBuckets.join(' x ')})`;
  const stream = rule === 'offline' ? 'rule offline: all at the end' : `rule ${rule}, horizon ${horizon}`;
  return `lsh      ${buckets} buckets${factors}, ${numHashes} rounds, chunks of ${chunkLength}; ${stream}`;
}
