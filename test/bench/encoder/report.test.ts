import { describe, expect, it } from 'vitest';
import type { EncoderCase } from '../../../bench/encoder/measurement.ts';
import { describeLine, describeTargets, TABLE_HEAD } from '../../../bench/encoder/report.ts';

const one: EncoderCase = {
  ...{ bench: 'encoder', model: 'longformer', config: 'A' },
  ...{ streams: 256, tokens: 16, engine: 'onnxruntime-concat' },
};

describe('the report of the encoder bench', () => {
  it('has its figures under their titles', () => {
    const row = describeLine({ ...one, usPerToken: 12.345, lowest: 1234.5, slices: 15, difference: 2.5e-6 });
    for (const [title, text] of [
      ['streams', '256'],
      ['tokens', '16'],
      ['µs per token', '12.3'],
      ['quickest', '1235'],
      ['difference', '2.5e-6'],
    ] as const) {
      const end = TABLE_HEAD.indexOf(title) + title.length;
      expect(row.slice(0, end).endsWith(text)).toBe(true);
    }
    expect(row.slice(TABLE_HEAD.indexOf('engine'))).toMatch(/^onnxruntime-concat {2}/);
  });

  it('names skipped cases and faults with their reasons', () => {
    expect(describeLine({ ...one, skipped: 'no room' })).toMatch(/onnxruntime-concat {2}skipped: no room$/);
    expect(describeLine({ ...one, fault: 'differs' })).toMatch(/onnxruntime-concat {2}FAULT: differs$/);
  });

  it('puts target and reached side by side', () => {
    const base = { bench: 'target', rule: 'at-most', limit: 0.6, unit: '×' } as const;
    const text = describeTargets([
      { ...base, target: 'a', reached: 0.5934, met: true, note: 'more' },
      { ...base, target: 'bb', rule: 'at-least', limit: 50, reached: 7, met: false },
      { ...base, target: 'c', note: 'wasm: not installed' },
    ]);
    expect(text.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'target wanted reached',
      'a ≤ 0.6 × 0.593 × met (more)',
      'bb ≥ 50 × 7.00 × MISSED',
      'c ≤ 0.6 × not measured: wasm: not installed',
    ]);
  });
});
