import { describe, expect, it } from 'vitest';
import type { EncoderLine, EncoderMeasurement, EngineName } from '../../../bench/encoder/measurement.ts';
import { judgeTargets, type TargetResult } from '../../../bench/encoder/targets.ts';

const line = (
  config: 'A' | 'B',
  streams: number,
  tokens: number,
  engine: EngineName,
  usPerToken: number,
  model: 'longformer' | 'reformer' = 'longformer',
): EncoderMeasurement => ({
  ...{ bench: 'encoder', model, config, streams, tokens, engine, usPerToken },
  ...{ lowest: usPerToken, slices: 15, difference: 0 },
});

/** The only target whose name has all the words. */
function find(targets: readonly TargetResult[], ...words: string[]): TargetResult {
  const found = targets.filter(({ target }) => words.every((word) => target.includes(word)));
  expect(found).toHaveLength(1);
  return found[0] as TargetResult;
}

describe('the targets of the encoder bench', () => {
  it('are all not measured without lines, each with a reason', () => {
    const targets = judgeTargets([]);
    expect(targets).toHaveLength(17);
    for (const target of targets) {
      expect(target).toMatchObject({ bench: 'target', note: expect.stringContaining('not part of this run') });
      expect('reached' in target || 'met' in target).toBe(false);
    }
  });

  it('compare prices of two engines in one case', () => {
    const reached = (ours: number, theirs: number): TargetResult =>
      find(
        judgeTargets([line('A', 1, 1, 'wasm', ours), line('A', 1, 1, 'onnxruntime-ring', theirs)]),
        'A, 1 stream, T = 1: wasm against onnxruntime-ring',
      );
    expect(reached(60, 100)).toMatchObject({ rule: 'at-most', limit: 0.6, reached: 0.6, met: true });
    expect(reached(61, 100)).toMatchObject({ reached: 0.61, met: false });
  });

  it('know what must not be less', () => {
    const lines = [line('A', 1, 1, 'wasm', 100), line('A', 1, 1, 'reference', 799), line('A', 1, 1, 'recompute', 5000)];
    const targets = judgeTargets(lines);
    expect(find(targets, 'reference against wasm')).toMatchObject({ rule: 'at-least', reached: 7.99, met: false });
    expect(find(targets, 'A, 1 stream', 'recompute')).toMatchObject({ limit: 50, reached: 50, met: true });
  });

  it('hold several tokens against single ones, and tell of as many tokens too', () => {
    const lines = [
      line('B', 32, 8, 'wasm', 300),
      line('B', 32, 1, 'onnxruntime-ring', 600),
      line('B', 32, 8, 'onnxruntime-ring', 200),
    ];
    const target = find(judgeTargets(lines), 'B, 32 streams');
    expect(target).toMatchObject({ reached: 0.5, met: true, note: '1.50 × at T = 8 each' });
    expect(find(judgeTargets(lines.slice(0, 2)), 'B, 32 streams')).toMatchObject({ reached: 0.5, met: true });
  });

  it('name the reason of an engine that was skipped', () => {
    const {
      usPerToken: _,
      lowest: __,
      slices: ___,
      difference: ____,
      ...skip
    } = line('A', 1, 1, 'onnxruntime-ring', 0);
    const lines: EncoderLine[] = [line('A', 1, 1, 'wasm', 1), { ...skip, skipped: 'not installed' }];
    const target = find(judgeTargets(lines), 'A, 1 stream, T = 1: wasm against onnxruntime-ring');
    expect(target.note).toBe('onnxruntime-ring: not installed');
    expect(target.met).toBeUndefined();
  });

  it('take the Reformer from its own lines', () => {
    const lines = [line('A', 1, 1, 'wasm', 100), line('A', 1, 1, 'wasm', 149, 'reformer')];
    expect(find(judgeTargets(lines), 'Reformer')).toMatchObject({ reached: 1.49, met: true });
  });

  it('measure the distance to the bandwidth, workers, memory and opening', () => {
    const targets = judgeTargets([
      line('B', 1, 1, 'wasm', 1100),
      { bench: 'bandwidth', config: 'B', bytes: 31_000_000, gbPerSecond: 62, floorUs: 500 },
      { bench: 'workers', config: 'A', engine: 'reference', one: 1, two: 2, ratio: 2, cores: 2, ratioPerCpu: 2 },
      { bench: 'workers', config: 'A', engine: 'wasm', one: 10, two: 17, ratio: 1.7, cores: 1.75, ratioPerCpu: 1.94 },
      {
        ...{ bench: 'idle-streams', config: 'A', engine: 'wasm', streams: 256 },
        ...{ stateBytes: 500e6, residentBytes: 563e6, openMs: 0.5, slowestOpenMs: 30 },
      },
    ]);
    expect(find(targets, 'B, 1 stream', 'reading')).toMatchObject({ reached: 2.2, met: false, note: 'floor 500 µs' });
    expect(find(targets, 'A, 1 stream', 'reading')).not.toHaveProperty('reached');
    expect(find(targets, 'workers')).toMatchObject({
      reached: 1.7,
      met: false,
      note: expect.stringContaining('1.75 cores'),
    });
    expect(find(targets, 'memory')).toMatchObject({ reached: 63, met: true, unit: 'MB' });
    expect(find(targets, 'opening')).toMatchObject({ reached: 0.5, met: true, note: 'the slowest 30.00 ms' });
  });
});
