import { describe } from 'vitest';
import type { StreamEncoder } from '../../core/index.ts';
import type { EncoderFamily } from './encoder-family.ts';
import { checkAgainstOracle } from './encoder-oracle-checks.ts';
import { checkRefusals } from './encoder-refusal-checks.ts';
import { checkShiftInvariance } from './encoder-shift-checks.ts';
import { checkSnapshots } from './encoder-snapshot-checks.ts';
import { checkStreams } from './encoder-stream-checks.ts';

/** The contract that every encoder keeps, over generated configurations of a family. */
export function checkEncoderFamily<C, E extends StreamEncoder>(family: EncoderFamily<C, E>): void {
  describe(`${family.name} keeps the encoder contract`, () => {
    checkStreams(family);
    checkAgainstOracle(family);
    checkSnapshots(family);
    checkShiftInvariance(family);
    checkRefusals(family);
  });
}
