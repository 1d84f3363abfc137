import { StreamingScale } from '../../../operators/index.ts';

/** Tokens of one stream, as an encoder would take them in. */
export interface TokenSet {
  readonly kind: 'audio' | 'sensors' | 'clustered';
  /** For people: the file, or what was made up. */
  readonly name: string;
  readonly width: number;
  /** `[n, width]` */
  readonly tokens: Float32Array;
}

/** How a file becomes tokens. */
export interface TokenOptions {
  /** Where to stop. */
  readonly maxTokens: number;
  /** Scales each channel as the operator `scale` does it, with the first 512 rows as reference. */
  readonly scaled: boolean;
}

/** Rows that the scale takes its reference from. */
const WARMUP_ROWS = 512;

/** Rows `[n, channels]` as tokens, scaled or as they are. */
export function tokenRows(rows: Float64Array, channels: number, { scaled }: TokenOptions): Float32Array {
  if (!scaled) return Float32Array.from(rows);
  const scale = new StreamingScale({ channels, warmupRows: WARMUP_ROWS });
  const pushed = scale.push(rows);
  return pushed.length > 0 ? pushed : scale.flush();
}
