import { describe, expect, it } from 'vitest';
import { faultTable, isExact, roundLine } from '../../../bench/faults/fault-report.ts';
import type { RoundReport } from '../../../bench/faults/random-round.ts';

const exact: RoundReport = {
  ...{ kind: 'kill', seed: 5, faults: 3, expected: 600, got: 600, lost: 0, duplicated: 0, changed: 0, reordered: 0 },
  ...{ idFaults: 0, isIdentical: true },
};
const torn: RoundReport = {
  ...exact,
  kind: 'proxy',
  got: 610,
  lost: 1,
  duplicated: 10,
  changed: 1,
  isIdentical: false,
};

describe('isExact', () => {
  it('demands the same bytes, ids without gaps, and any output at all', () => {
    expect(isExact(exact)).toBe(true);
    expect(isExact(torn)).toBe(false);
    expect(isExact({ ...exact, idFaults: 1 })).toBe(false);
    expect(isExact({ ...exact, expected: 0, got: 0 })).toBe(false);
  });
});

describe('roundLine', () => {
  it('tells what a round showed', () => {
    expect(roundLine(3, exact)).toBe('round 3  kill    seed 5  faults 3  records 600/600  exact');
    expect(roundLine(4, torn)).toBe(
      'round 4  proxy   seed 5  faults 3  records 610/600  NOT EXACT: lost 1, duplicated 10, changed 1, reordered 0',
    );
  });
});

describe('faultTable', () => {
  it('sums by kind and over all', () => {
    expect(faultTable([torn, exact, exact]).split('\n')).toEqual([
      '| kind | rounds | faults | records | lost | duplicated | changed | reordered |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| kill | 2 | 6 | 1200 | 0 | 0 | 0 | 0 |',
      '| proxy | 1 | 3 | 610 | 1 | 10 | 1 | 0 |',
      '| all | 3 | 9 | 1810 | 1 | 10 | 1 | 0 |',
    ]);
  });
});
