import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/bench/soak/main.js', import.meta.url));

function soak(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
}

describe('the soak command', () => {
  it('ends with 0 and one JSON object for each model', () => {
    const { status, stdout, stderr } = soak('--tokens', '10000', '--json');
    const lines = stdout.trimEnd().split('\n');
    expect([status, stderr]).toEqual([0, '']);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { bench: 'soak', model: 'longformer', tokens: 10_000, passed: true },
      { bench: 'soak', model: 'longformer-rotary', tokens: 10_000, passed: true },
      { bench: 'soak', model: 'reformer', tokens: 10_000, passed: true },
      { bench: 'soak', model: 'longformer-streams', tokens: 10_000, passed: true },
    ]);
  });

  it.each([
    [['--tokens', 'many'], 'Expected `tokens` to be an integer in 10000..1000000000, got NaN [CONFIG_INVALID]'],
    [['--tokens', ''], 'Expected `tokens` to be an integer'],
    [['--speed'], "Unknown option '--speed'"],
  ])('ends with 2 and its usage for %j', (args, message) => {
    const { status, stdout, stderr } = soak(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: soak [--tokens N] [--json]');
  });
});
