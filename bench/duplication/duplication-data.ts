import { type Random, requireInteger } from '../../core/index.ts';

/** Symbols of the task, 1..127; 0 stands between the words. */
export const SYMBOLS = 127;

/** Ids that a model of the task knows. */
export const VOCABULARY = SYMBOLS + 1;

/**
 * One sequence of the duplication task (Reformer, section 5): 0 w 0 w, with a word w of `length` / 2 − 1 symbols, each drawn
 * from 1..`symbols`.
 * @param length even, 4..65536; 1024 in the paper
 * @param symbols 1..127, default 127
 * @returns ids, `[length]`
 * @throws ConfigError `CONFIG_INVALID`
 */
export function duplicationSequence(random: Random, length: number, symbols = SYMBOLS): Float32Array {
  const half = requireInteger('length / 2', length / 2, { min: 2, max: 32_768 });
  requireInteger('symbols', symbols, { min: 1, max: SYMBOLS });
  const ids = new Float32Array(length);
  for (let i = 1; i < half; i++) {
    const symbol = 1 + (random.nextUint32() % symbols);
    ids[i] = symbol;
    ids[half + i] = symbol;
  }
  return ids;
}
