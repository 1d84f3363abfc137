import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COMPLEXITY_MODELS } from '../../../bench/index.ts';
import { benchCommand } from '../../../cli/commands/bench.ts';

describe('longwave bench', () => {
  let text = '';
  beforeEach(() => {
    text = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
      text += String(part);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const bench = (...args: string[]): Promise<unknown> =>
    benchCommand().exitOverride().parseAsync(args, { from: 'user' });

  it('complexity prints measurements and exponents of the lengths asked for, one JSON object a line', async () => {
    await bench('complexity', '--lengths', '32,64', '--json');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(4 * COMPLEXITY_MODELS.length);
    expect(lines[2]).toMatchObject({
      bench: 'complexity',
      model: 'longformer-offline',
      length: 32,
      ms: expect.any(Number),
      bytes: expect.any(Number),
    });
    expect(lines.at(-1)).toMatchObject({ bench: 'complexity', fit: 'bytes', exponent: expect.any(Number) });
  });

  it.each([
    ['complexity --lengths 0', '`--lengths` to be integers in 16..1048576, got "0"'],
    ['complexity --lengths 512,', '`--lengths` to be integers in 16..1048576, got ""'],
    ['complexity --lengths 512,1e9', '`--lengths` to be integers in 16..1048576, got "1e9"'],
    ['encoder --lengths 0', '`--lengths` to be integers in 1..10000000, got "0"'],
    ['encoder --svg x.svg', '`--svg` only with the bench complexity, got x.svg'],
    ['encoder --config C', '`--config` to be one of A, B, got'],
    ['nab --brokers h:1', '`--brokers` only with the bench kafka, got h:1'],
    ['kafka --streams 3', '`--streams` only with the bench encoder'],
    ['nothing', '`name` to be one of encoder, complexity, backpressure, nab, kafka, got'],
  ])('%s is wrong usage', async (args, message) => {
    await expect(bench(...args.split(' '))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`Expected ${message}`),
    });
    expect(text).toBe('');
  });
});
