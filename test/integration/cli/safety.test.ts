import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, longwave, start } from './run-command.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
let folder: string;
const file = (name: string, text = ''): string => {
  const path = join(folder, name);
  if (text !== '') writeFileSync(path, text);
  return path;
};
const pipeline = (source: string, out: string): string =>
  file(
    'p.yaml',
    `name: x\nsource: { csv: { path: ${source} } }\nhead: { anomaly: {} }\nsink: { ndjson: { path: ${out} } }\n`,
  );
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-safety-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run that fails', () => {
  it.each([
    ['without an input', 'none.csv'],
    ['in the middle of its input', 'ragged.csv'],
  ])('%s leaves the result of the run before it, and nothing else', async (_, source) => {
    file('ragged.csv', 'v\n1\n2,3\n');
    const out = file('out.ndjson', 'kept\n');
    expect((await longwave(['run', pipeline(file(source), out)])).code).toBe(3);
    expect([readFileSync(out, 'utf8'), existsSync(`${out}.partial`)]).toEqual(['kept\n', false]);
  });

  it('refuses to write over its own input, and to write to a folder', async () => {
    const input = file('in.csv', 'v\n1\n2\n');
    const own = await longwave(['run', pipeline(input, input)]);
    expect([own.code, readFileSync(input, 'utf8')]).toEqual([2, 'v\n1\n2\n']);
    expect(own.stderr).toContain('`sink.ndjson.path`');
    const into = await longwave(['run', pipeline(input, folder)]);
    expect([into.code, existsSync(`${folder}.partial`)]).toEqual([4, false]);
  });

  it('writes to a device as it is, and leaves it one', async () => {
    const { code } = await longwave(['run', pipeline(file('in.csv', 'v\n1\n2\n'), '/dev/null')]);
    expect([code, statSync('/dev/null').isCharacterDevice(), existsSync('/dev/null.partial')]).toEqual([
      0,
      true,
      false,
    ]);
  });
});

describe('standard streams', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s before the first row ends quietly with %i', async (signal, expected) => {
    const child = start(['detect', '-']);
    child.stdin.on('error', () => undefined);
    const ended = collect(child);
    // More than a pipe holds: all of it is taken only when the command line reads, and by then it listens for signals.
    child.stdin.write(`v\n${'\n'.repeat(2 ** 21)}`, () => child.kill(signal));
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([expected, '']);
  });

  it('npm start ends quietly when its reader goes away', async () => {
    const child = spawn(process.execPath, [join(ROOT, 'dist/cli/demo/main.js')]);
    const ended = collect(child);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('says which columns it does not judge', async () => {
    const { code, stderr } = await longwave(['detect', '-'], 'time,a,b\n1,,2\n2,1,2\n');
    expect([code, stderr]).toEqual([0, 'longwave: note: columns not judged, their first cell is no number: a\n']);
  });
});
