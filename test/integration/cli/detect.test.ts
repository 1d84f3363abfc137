import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, longwave, start } from './run-command.ts';

const SERIES = fileURLToPath(new URL('../../../examples/data/rds_cpu_utilization_cc0c53.csv', import.meta.url));

let folder: string;
const file = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('longwave detect', () => {
  it('prints one line per row in order, with the fields of the contract', async () => {
    const { code, stdout, stderr } = await longwave(['detect', SERIES, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBe(4032);
    expect(lines.every((line, row) => line.row === row && line.score >= 0 && line.score <= 1)).toBe(true);
    expect(Object.keys(lines[2000])).toEqual(['row', 'time', 'value', 'expected', 'score', 'threshold', 'isAnomaly']);
    expect(lines[0]).toMatchObject({
      time: '2014-02-14 14:30:00',
      value: 6.456,
      score: 0,
      threshold: 0.5,
      isAnomaly: false,
    });
    expect(typeof lines[2000].expected).toBe('number');
    // The labelled incident begins inside rows 2980..3180 (examples/data/README.md).
    expect(lines.slice(2980, 3181).some((line) => line.isAnomaly)).toBe(true);
  });

  it('gives objects by column for several value columns', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, i) => `2026-01-01T00:00:${String(i).padStart(2, '0')}Z,${i % 7},${(i * 3) % 5}`,
    );
    const { code, stdout } = await longwave(['detect', '-', '--json'], `time,a,b\n${rows.join('\n')}\n`);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([code, lines.length]).toEqual([0, 40]);
    expect(lines[30]).toMatchObject({
      row: 30,
      value: { a: 2, b: 0 },
      expected: { a: expect.any(Number), b: expect.any(Number) },
    });
  });

  it.each([
    ['an empty file', '', 'INPUT_EMPTY'],
    ['a header without rows', 'time,value\n', 'INPUT_EMPTY'],
    ['a ragged row', 'time,value\n2026-01-01,1\n2026-01-02,2,3\n', 'CSV_MALFORMED'],
    ['NaN', 'time,value\n2026-01-01,1\n2026-01-02,NaN\n', 'CSV_VALUE_INVALID'],
    ['a time that goes back', 'time,value\n2026-01-02,1\n2026-01-01,2\n', 'TIME_NOT_MONOTONIC'],
  ])('ends with 3 and one typed line on %s', async (_, text, errorCode) => {
    const { code, stderr } = await longwave(['detect', file('bad.csv', text), '--json']);
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`^longwave: .*Expected .* \\[${errorCode}\\]\\n$`));
    expect(stderr).not.toContain('    at ');
  });

  it('prints the rows before a fault', async () => {
    const { stdout } = await longwave([
      'detect',
      file('late.csv', 'time,value\n2026-01-01,1\n2026-01-02,2\n2026-01-03,x\n'),
      '--json',
    ]);
    expect(stdout.trimEnd().split('\n').length).toBe(2);
  });

  it('ends with 2 on wrong usage, 3 on a missing column or file, 1 with --fail-on-anomaly', async () => {
    expect((await longwave(['detect'])).code).toBe(2);
    expect((await longwave(['detect', SERIES, '--threshold', 'high'])).code).toBe(2);
    expect((await longwave(['detect', SERIES, '--value', 'cpu'])).code).toBe(3);
    expect((await longwave(['detect', join(folder, 'none.csv')])).code).toBe(3);
    expect((await longwave(['detect', SERIES, '--fail-on-anomaly'])).code).toBe(1);
  });

  it('drains on SIGTERM: every line is whole and the code says so', async () => {
    const child = start(['detect', '-', '--json']);
    const ended = collect(child);
    child.stdin.on('error', () => undefined);
    child.stdin.write(`value\n${Array.from({ length: 2000 }, (_, i) => i % 13).join('\n')}\n`);
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(code).toBe(143);
    expect(stdout.endsWith('\n')).toBe(true);
    expect(() =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).not.toThrow();
  });
});
