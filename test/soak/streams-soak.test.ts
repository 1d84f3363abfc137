import { expect, it } from 'vitest';
import { describeStreamsSoak } from '../../bench/soak/report.ts';
import { runStreamsSoak } from '../../bench/soak/streams-soak.ts';
import { ConfigError } from '../../core/index.ts';

it('64 streams that open and close give their memory back, and have the bits of the engine reference', () => {
  const result = runStreamsSoak({ tokens: 30_000 });
  expect(result).toMatchObject({ engine: 'wasm', differing: 0, leftBytes: 0 });
  expect(result.compared).toBeGreaterThan(0);
  expect(result.opened).toBeGreaterThan(80);
  expect(result.reserved.bytesOverRun).toBe(0);
  expect(describeStreamsSoak(result)).toContain('0 values differ');
});

it('refuses a number of tokens that is none', () => {
  expect(() => runStreamsSoak({ tokens: 3 })).toThrow(ConfigError);
});
