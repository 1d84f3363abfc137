import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complexityBench } from '../../../bench/complexity/complexity-bench.ts';
import { matrixBytes } from '../../../bench/complexity/full-attention.ts';
import { COMPLEXITY_MODELS, type ComplexityLine } from '../../../bench/complexity/measurement.ts';
import { type RunComplexityOptions, runComplexityBench } from '../../../bench/complexity/run-complexity-bench.ts';
import { ConfigError, ConnectorError } from '../../../core/index.ts';

function run(options: Omit<RunComplexityOptions, 'write'>): { lines: readonly ComplexityLine[]; text: string } {
  let text = '';
  const write = (part: string): void => {
    text += part;
  };
  return { lines: runComplexityBench({ ...options, write }), text };
}

describe('the complexity bench as JSON', () => {
  let lines: readonly ComplexityLine[] = [];
  let text = '';
  beforeAll(() => {
    ({ lines, text } = run({ lengths: [256, 128, 256], json: true }));
  });

  it('prints one object a line: every model at every length, then both exponents of each', () => {
    const printed = text.trimEnd().split('\n');
    expect(printed.map((line) => JSON.parse(line))).toEqual(lines);
    const measured = lines.filter((line) => 'ms' in line);
    expect(measured.map(({ model, length }) => `${model} ${length}`)).toEqual(
      [128, 256].flatMap((length) => COMPLEXITY_MODELS.map((model) => `${model} ${length}`)),
    );
    for (const { bench, ms, usPerToken, bytes, length } of measured) {
      expect([bench, ms > 0, bytes > 0]).toEqual(['complexity', true, true]);
      expect(usPerToken).toBeCloseTo((ms * 1000) / length, 9);
    }
    expect(lines.filter((line) => 'fit' in line).map(({ model, fit }) => `${model} ${fit}`)).toEqual(
      COMPLEXITY_MODELS.flatMap((model) => [`${model} ms`, `${model} bytes`]),
    );
  });

  it('says which figures come from a sample', () => {
    const sampled = lines.flatMap((line) => ('sampled' in line ? [`${line.model} ${line.sampled}`] : []));
    const each = ['recompute 16', 'recompute-64 8', 'reformer-cached 8'];
    expect(sampled).toEqual([...each, ...each]);
  });

  it('holds more for a longer cache of the reference', () => {
    const bytes = lines.flatMap((line) => ('bytes' in line && line.model === 'reformer-cached' ? [line.bytes] : []));
    expect(bytes[1]).toBeGreaterThan(bytes[0] as number);
  });

  it('holds as much for a long stream as for a short one, and n² for full attention', () => {
    const models = ['full', 'full-rows', 'longformer-stream', 'reformer-stream'] as const;
    const added = matrixBytes(2, 256) - matrixBytes(2, 128);
    /** Bytes by which the streams grew and by which the matrix missed what it should take. */
    const misses = (): readonly [number, number] => {
      const measured = [...complexityBench({ lengths: [128, 256], models })];
      const [full, rows, ...streams] = models.map((model) => {
        const [short = 0, long = 0] = measured.flatMap((line) =>
          'bytes' in line && line.model === model ? [line.bytes] : [],
        );
        return long - short;
      }) as [number, number, ...number[]];
      return [Math.max(...streams.map(Math.abs)), Math.abs(full - rows - added)];
    };
    // Beside other work a compiler thread may hold arrays longer than a measurement waits; not three times over.
    let least = misses();
    for (let attempt = 1; attempt < 3 && (least[0] > 0 || least[1] >= 2048); attempt++) least = misses();
    expect(least[0]).toBe(0);
    expect(least[1]).toBeLessThan(2048);
  });
});

describe('the complexity bench for people', () => {
  let folder = '';
  let rows: readonly string[] = [];
  const plot = (): string => join(folder, 'plot.svg');
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'complexity-'));
    const { text } = run({ lengths: [32, 64, 65], json: false, maxMatrixBytes: matrixBytes(2, 64), svg: plot() });
    rows = text.split('\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('prints a table with a row per measurement, exponents and ratios', () => {
    expect(rows[0]).toMatch(/^model +length +time +µs per token +memory$/);
    expect(rows.filter((row) => /^recompute +\d+ .*\(from 16 hops\)$/.test(row))).toHaveLength(3);
    expect(
      rows.filter((row) => /^\S+ +(time|memory) +grows as n\^-?\d+\.\d\d over \d+ … 6[45]$/.test(row)),
    ).toHaveLength(2 * COMPLEXITY_MODELS.length);
    expect(
      rows.filter((row) => /^\S+ +[\d.e+-]+ times the time of longformer-stream at 6[45]$/.test(row)),
    ).toHaveLength(COMPLEXITY_MODELS.length - 1);
  });

  it('says aloud where the matrix is too large to hold', () => {
    expect(rows.filter((row) => row.startsWith('full  '))).toEqual([
      expect.stringMatching(/^full +32 +[\d.]+ ms/),
      expect.stringMatching(/^full +64 +[\d.]+ ms/),
      expect.stringMatching(
        /^full +65 +skipped: its matrix takes 33 KiB, more than 32 KiB; see full-rows for the time$/,
      ),
      expect.stringMatching(/^full +time/),
      expect.stringMatching(/^full +memory/),
      expect.stringMatching(/^full .* at 64$/),
    ]);
  });

  it('writes the plot', () => {
    expect(readFileSync(plot(), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it('refuses a folder for the plot that is not there, before it measures', () => {
    let text = '';
    const inVain = (): unknown =>
      runComplexityBench({
        lengths: [32],
        json: true,
        svg: join(folder, 'no', 'x.svg'),
        write: (part) => {
          text += part;
        },
      });
    expect(inVain).toThrow(ConnectorError);
    expect(inVain).toThrow(/Expected to write the plot to .*x\.svg, got: ENOENT/);
    expect(text).toBe('');
  });

  it.each([[[]], [[15]], [[64.5]], [[2 ** 21]]])('refuses the lengths %j', (lengths) => {
    expect(() => run({ lengths, json: true })).toThrow(ConfigError);
  });
});
