import { Random } from '../../../core/index.ts';
import { normalNumbers } from '../../../models/index.ts';
import type { TokenSet } from './token-set.ts';

const WIDTH = 64;
const CLUSTERS = 32;
const NOISE = 0.5;

/**
 * Made-up tokens: each is one of 32 normal centres, drawn anew for every token, plus half as much normal noise. The next
 * token tells nothing of the one before, so a window has no advantage here, and what is alike lies anywhere.
 */
export function clusteredTokens(count: number, seed: number): TokenSet {
  const random = new Random(seed);
  const centres = normalNumbers(random, CLUSTERS * WIDTH);
  const tokens = normalNumbers(random, count * WIDTH);
  for (let t = 0; t < count; t++) {
    const from = (random.nextUint32() % CLUSTERS) * WIDTH;
    for (let c = 0; c < WIDTH; c++) {
      tokens[t * WIDTH + c] = (centres[from + c] as number) + NOISE * (tokens[t * WIDTH + c] as number);
    }
  }
  return { kind: 'clustered', name: `${CLUSTERS} clusters`, width: WIDTH, tokens };
}
