import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chartLines,
  findingLine,
  progressBar,
  progressLine,
  sparkline,
  summaryLine,
  terminalSink,
  terminalStyle,
} from '../../../connectors/index.ts';
import type { Anomaly } from '../../../core/index.ts';

const ESCAPE = '\u001b';
const style = { width: 120, color: false };
const finding: Anomaly = {
  streamId: 'cpu',
  row: 3080,
  time: '2014-02-25 07:10:00',
  value: 25.1033,
  expected: 6.012345,
  score: 0.9991,
  threshold: 0.995,
  isAnomaly: true,
};
const ordinary: Anomaly = { ...finding, row: 3081, score: 0.1, isAnomaly: false };

const length = (text: string): number => Array.from(text).length;

describe('sparkline', () => {
  it('draws rising values as rising blocks', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█');
  });

  it('keeps a single spike and a single dip visible among many values', () => {
    const flat = new Float64Array(1000).fill(5);
    expect(
      sparkline(
        flat.map((value, index) => (index === 500 ? 9 : value)),
        10,
      ),
    ).toBe('▁▁▁▁▁█▁▁▁▁');
    expect(
      sparkline(
        flat.map((value, index) => (index === 500 ? 1 : value)),
        10,
      ),
    ).toBe('█████▁████');
  });

  it('leaves a space where there is no finite value', () => {
    expect(sparkline([0, Number.NaN, 7, Number.POSITIVE_INFINITY], 4)).toBe('▁ █ ');
  });

  it('draws on a given axis and stays inside it', () => {
    expect(sparkline([-5, 0, 0.5, 1, 5], 5, { min: 0, max: 1 })).toBe('▁▁▅██');
  });

  it('is never wider than asked for, whatever the values', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.integer({ min: 1, max: 100 }), (values, width) => {
        expect(length(sparkline(values, width))).toBe(Math.min(width, values.length));
      }),
    );
  });

  it('refuses a width of 0', () => {
    expect(() => sparkline([1], 0)).toThrow('Expected `width` to be an integer in 1..1000, got 0');
  });
});

describe('progressBar', () => {
  it.each([
    [0, '░░░░░░░░'],
    [0.5, '████░░░░'],
    [1, '████████'],
    [1 / 64, '▏░░░░░░░'],
    [-1, '░░░░░░░░'],
    [7, '████████'],
    [Number.NaN, '░░░░░░░░'],
  ])('draws %d', (fraction, expected) => {
    expect(progressBar(fraction, 8)).toBe(expected);
  });

  it('has exactly the width asked for', () => {
    fc.assert(
      fc.property(fc.double(), fc.integer({ min: 1, max: 100 }), (fraction, width) => {
        expect(length(progressBar(fraction, width))).toBe(width);
      }),
    );
  });

  it('becomes a line with label, percent and detail that fits the width', () => {
    expect(progressLine({ label: 'cpu', fraction: 0.5, detail: '2016 rows' }, 40)).toBe(
      'cpu ██████████░░░░░░░░░░  50%  2016 rows',
    );
    expect(progressLine({ label: 'cpu', fraction: undefined, detail: '2016 rows' }, 40)).toBe('cpu  2016 rows');
    for (let width = 1; width < 60; width++) {
      expect(length(progressLine({ label: 'cpu', fraction: 0.3, detail: '9 rows' }, width))).toBeLessThanOrEqual(width);
    }
  });
});

describe('finding text', () => {
  it('says where, when, what came and what was expected', () => {
    expect(findingLine(finding, style)).toBe(
      '! anomaly  row 3080  2014-02-25 07:10:00  value 25.1, expected 6.012  score 0.999 >= 0.995',
    );
  });

  it('names the columns of several values', () => {
    const line = findingLine({ ...finding, time: null, value: { a: 1, b: 2 }, expected: null }, style);
    expect(line).toBe('! anomaly  row 3080  value a=1 b=2  score 0.999 >= 0.995');
  });

  it('fits a narrow terminal and cannot be made to send control sequences', () => {
    const line = findingLine({ ...finding, time: `${ESCAPE}[2Jx\n` }, { width: 30, color: false });
    expect(length(line)).toBe(30);
    expect(line).not.toContain(ESCAPE);
    expect(line).not.toContain('\n');
  });

  it('sums up a run', () => {
    expect(summaryLine({ rows: 4032, findings: 1, highest: finding }, style)).toBe(
      '1 finding in 4032 rows, highest score 0.999 at row 3080 (2014-02-25 07:10:00)',
    );
    expect(summaryLine({ rows: 0, findings: 0, highest: undefined }, style)).toBe('0 findings in 0 rows');
  });

  it('draws values over scores', () => {
    const lines = chartLines({ values: [1, 2, 3], scores: [0, 0, 1] }, style);
    expect(lines).toEqual(['value ▁▅█', 'score ▁▁█']);
  });
});

describe('terminalStyle', () => {
  it('uses colours on a terminal only, and never against NO_COLOR', () => {
    expect(terminalStyle({ isTTY: true, columns: 100 }, {})).toEqual({ width: 100, color: true });
    expect(terminalStyle({ isTTY: true, columns: 100 }, { NO_COLOR: '1' }).color).toBe(false);
    expect(terminalStyle({ isTTY: true }, { TERM: 'dumb' }).color).toBe(false);
    expect(terminalStyle({}, {})).toEqual({ width: 80, color: false });
    expect(findingLine(finding, { width: 120, color: true })).toContain(`${ESCAPE}[31m! anomaly${ESCAPE}[0m`);
  });
});

describe('terminalSink', () => {
  it('writes findings as they come and a summary at the end', async () => {
    const stream = new PassThrough();
    const sink = terminalSink({ stream, style });
    await sink.write([ordinary, finding]);
    expect(stream.read().toString()).toBe(`${findingLine(finding, style)}\n`);
    await sink.write([ordinary]);
    expect(stream.read()).toBeNull();
    await sink.close();
    await sink.close();
    expect(stream.read().toString()).toBe(
      '1 finding in 3 rows, highest score 0.999 at row 3080 (2014-02-25 07:10:00)\n',
    );
  });
});
