import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lshPrice } from '../../../bench/lsh-price/lsh-price.ts';
import { writeToken } from '../../../bench/lsh-price/token-streams.ts';

const MAIN = fileURLToPath(new URL('../../../dist/bench/lsh-price/main.js', import.meta.url));

describe('the price of LSH', () => {
  it.each(['bucket-recency', 'prefix-exact'] as const)('is measured by %s for every way that buckets fill', (rule) => {
    const measured = [...lshPrice(rule, [600, 300])];
    expect(measured.map(({ stream, position }) => `${stream} ${position}`)).toEqual(
      [300, 600].flatMap((mark) => ['mixed', 'one bucket', 'drifting'].map((stream) => `${stream} ${mark}`)),
    );
    for (const one of measured) {
      expect([one.usPerToken > 0, one.evictions]).toEqual([true, one.position - 256]);
      // Two rounds of at most 32 tokens and a fallback of 16; or two chunks of 16 a round, without the token itself.
      expect(one.mostCandidates).toBeLessThanOrEqual(rule === 'bucket-recency' ? 80 : 62);
    }
    const [mixed, same] = measured.slice(-3);
    expect([same?.fullestBucket, (mixed?.fullestBucket ?? 1) < 0.6]).toEqual([1, true]);
  });

  it('takes tokens that are a function of their position', () => {
    const [one, other] = [new Float32Array(8), new Float32Array(8)];
    for (const stream of ['mixed', 'one bucket', 'drifting'] as const) {
      writeToken(stream, 77, one);
      writeToken(stream, 77, other);
      expect(one).toEqual(other);
      writeToken(stream, 78, other);
      expect(one.every((value, c) => value === other[c])).toBe(stream === 'one bucket');
    }
  });

  it('is printed as JSON, a line each, and refuses wrong use with 2', () => {
    const { status, stdout } = spawnSync(process.execPath, [MAIN, '--tokens', '1000', '--json'], { encoding: 'utf8' });
    const lines = stdout.trimEnd().split('\n');
    expect([status, lines.length]).toEqual([0, 6]);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      bench: 'lsh-price',
      rule: 'bucket-recency',
      position: 1000,
    });
    for (const args of [['--tokens', '10'], ['--speed']]) {
      const wrong = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
      expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('Usage: bench:lsh-price')]);
    }
  });
});
