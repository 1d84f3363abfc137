import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadTensorflowNode } from '../../../bench/encoder/peers/tensorflow.ts';
import { type EncoderBenchLine, runEncoderBench } from '../../../bench/encoder/run-encoder-bench.ts';
import { benchCommand } from '../../../cli/commands/bench.ts';

const options = { configs: ['B'], streams: [8, 1], tokens: [1, 4], engines: ['tfjs-node'], quick: true } as const;

describe.skipIf('loaded' in loadTensorflowNode())('the encoder bench without any engine that it asks for', () => {
  let lines: readonly EncoderBenchLine[] = [];
  let text = '';
  let notes: string[] = [];
  beforeAll(async () => {
    notes = [];
    lines = await runEncoderBench({
      ...options,
      json: true,
      write: (part) => {
        text += part;
      },
      note: (note) => notes.push(note),
    });
  });

  it('prints one object a line: bandwidth, what was skipped and why, targets', () => {
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(lines);
    const skipped = lines.filter((line) => 'skipped' in line);
    expect(skipped.map(({ streams, tokens, engine }) => [streams, tokens, engine])).toEqual([
      [1, 1, 'tfjs-node'],
      [1, 4, 'tfjs-node'],
      [8, 1, 'tfjs-node'],
      [8, 4, 'tfjs-node'],
    ]);
    // The bandwidth once, with the fewest streams.
    expect(lines.map(({ bench }) => bench).slice(0, 6)).toEqual([
      ...['encoder', 'encoder', 'bandwidth', 'encoder', 'encoder', 'target'],
    ]);
    expect(lines.at(-1)).toMatchObject({ bench: 'target' });
  });

  it('says aloud which engine is not there', () => {
    expect(notes).toEqual([expect.stringMatching(/^without tfjs-node: @tensorflow\/tfjs-node is not installed/)]);
  });

  it('prints a table and targets for people, without a row for what is not there', async () => {
    let table = '';
    await runEncoderBench({
      ...options,
      json: false,
      write: (part) => {
        table += part;
      },
      note: () => undefined,
    });
    const rows = table.trimEnd().split('\n');
    expect(rows[0]).toMatch(/^model .* µs per token/);
    expect(rows[1]).toMatch(/^memory +B .*GB\/s/);
    expect(rows[3]).toMatch(/^target +wanted +reached$/);
    expect(rows.slice(4).every((row) => row.includes('not measured: '))).toBe(true);
  });
});

describe('longwave bench encoder', () => {
  it.each([
    ['--streams 0', '`--streams` to be integers in 1..4096, got "0"'],
    ['--streams 1,two', '`--streams` to be integers in 1..4096, got "two"'],
    ['--tokens 257', '`--tokens` to be integers in 1..256, got "257"'],
    ['--tokens 1,', '`--tokens` to be integers in 1..256, got ""'],
    ['--engines fast', '`--engines` to be one of reference, wasm, onnxruntime-ring,'],
    ['--lengths 1000 --quick', '`--quick` only with the bench encoder without `--lengths`, got true'],
    ['--lengths 1000 --tokens 8', '`--tokens` only with the bench encoder without `--lengths`, got 8'],
  ])('%s is wrong usage', async (args, message) => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const parsed = benchCommand()
      .exitOverride()
      .parseAsync(['encoder', ...args.split(' ')], { from: 'user' });
    await expect(parsed).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`Expected ${message}`),
    });
    expect(written).not.toHaveBeenCalled();
    written.mockRestore();
  });

  it('leaves its options to the bench that has them', async () => {
    await expect(
      benchCommand().exitOverride().parseAsync(['complexity', '--engines', 'wasm'], { from: 'user' }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
