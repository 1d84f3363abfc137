import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, longwave, start } from './run-command.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-log-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A pipeline that judges a series from a file or standard input and prints its findings. */
function pipeline(name: string, source: string, extra = ''): string {
  const path = join(folder, name);
  writeFileSync(path, `name: logged\nsource: { ${source} }\nhead: { anomaly: {} }\nsink: { ndjson: {} }\n${extra}\n`);
  return path;
}

function series(name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `v,w\n${rows.join('\n')}\n`);
  return `csv: { path: ${path} }`;
}

const eventsOf = (log: string): unknown[] =>
  log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).event);

describe('the log of `longwave run`', () => {
  it('is NDJSON on standard error, and the results stand alone on standard output', async () => {
    const { code, stdout, stderr } = await longwave(['run', pipeline('a.yaml', series('a.csv', ['1,x', '2,x']))]);
    expect([code, eventsOf(stderr)]).toEqual([0, ['columns-ignored', 'done']]);
    const rows = stdout.trimEnd().split('\n');
    expect(rows.map((line) => JSON.parse(line).row)).toEqual([0, 1]);
  });

  it('takes its level from the file, and before that from the command line', async () => {
    const file = pipeline('level.yaml', series('level.csv', ['1,x']), 'log: { level: warn }');
    expect(eventsOf((await longwave(['run', file])).stderr)).toEqual(['columns-ignored']);
    expect((await longwave(['run', file, '--log-level', 'silent'])).stderr).toBe('');
    expect(eventsOf((await longwave(['run', '--log-level', 'info', file])).stderr)).toContain('done');
  });

  it('refuses a level that there is not, before it reads the file', async () => {
    const { code, stderr } = await longwave(['run', join(folder, 'nowhere.yaml'), '--log-level', 'loud']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/`--log-level`.*debug, info.*"loud" \[CONFIG_INVALID\]\n$/),
    ]);
  });

  it('is whole when the run fails: its last line is the error', async () => {
    const { code, stderr } = await longwave(['run', pipeline('bad.yaml', series('bad.csv', ['1,x', '2']))]);
    const lines = stderr.trimEnd().split('\n');
    expect([code, eventsOf(lines.slice(0, -1).join('\n'))]).toEqual([3, ['columns-ignored']]);
    expect(lines.at(-1)).toMatch(/^longwave: .*\[CSV_MALFORMED\]$/);
  });

  it('is whole when a signal drains the run', async () => {
    const child = start(['run', pipeline('drain.yaml', 'stdin: { format: csv }')]);
    const ended = collect(child);
    child.stdin.on('error', () => undefined);
    child.stdin.write('v\n1\n2\n');
    child.stdout.once('data', () => child.kill('SIGTERM'));
    const { code, stderr } = await ended;
    expect([code, eventsOf(stderr)]).toEqual([0, ['done']]);
  });

  it('has no reader that could end the run by going away', async () => {
    const child = start(['run', pipeline('closed.yaml', 'stdin: { format: csv }')]);
    const ended = collect(child);
    child.stderr.destroy();
    child.stdin.end('v,w\n1,x\n2,x\n');
    const { code, stdout } = await ended;
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 2]);
  });
});
