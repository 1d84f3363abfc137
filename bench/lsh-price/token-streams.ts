import { Random } from '../../core/index.ts';

/** Ways in which tokens can fall into buckets. */
export const TOKEN_STREAMS = ['mixed', 'one bucket', 'drifting'] as const;

/** One of {@link TOKEN_STREAMS}. */
export type TokenStream = (typeof TOKEN_STREAMS)[number];

/** Tokens in which a drifting stream turns once around. */
const TURN = 20_000;

/**
 * Writes token `position` `[width]` of an endless stream. `mixed`: independent noise, which spreads over the buckets.
 * `one bucket`: always the same token. `drifting`: a direction that turns slowly with a little noise, so that for a long time
 * nearly all tokens share a bucket, and then another one.
 */
export function writeToken(stream: TokenStream, position: number, token: Float32Array): void {
  const random = new Random(position);
  const angle = (2 * Math.PI * position) / TURN;
  for (let c = 0; c < token.length; c++) {
    const noise = random.nextSymmetric(1);
    if (stream === 'mixed') token[c] = noise;
    else if (stream === 'one bucket') token[c] = Math.sin(1 + c);
    else token[c] = Math.sin(angle + c) + 0.05 * noise;
  }
}
