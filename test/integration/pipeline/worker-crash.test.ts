import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandResult, longwave } from '../cli/run-command.ts';

const ROWS = 20_000;
const DYING = new URL('./dying-worker.mjs', import.meta.url).href;

const HEADS = {
  'rows, judged': 'head: { anomaly: { probationRows: 200 } }',
  'rows, encoded with look-ahead': [
    'front: { scale: { warmupRows: 100 } }',
    'encoder: { hiddenSize: 4, numLayers: 1, numHeads: 1, window: 8, lookAhead: 3 }',
    'head: { embedding: {} }',
  ].join('\n'),
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-worker-crash-'));
  const rows = Array.from({ length: ROWS }, (_, i) => `${i},${(Math.sin(i / 30) + (i % 7) / 50).toFixed(4)}`);
  writeFileSync(join(folder, 'rows.csv'), `second,load\n${rows.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a pipeline over the rows, its first worker dying on the way where `dies` says so. */
async function run(head: string, name: string, dies: { readonly dies: boolean; readonly restore?: boolean }) {
  const [file, out] = [join(folder, `${name}.yaml`), join(folder, `${name}.ndjson`)];
  const source = `source: { csv: { path: ${join(folder, 'rows.csv')}, time: second, values: [load] } }`;
  const sink = `sink: { ndjson: { path: ${out} } }`;
  writeFileSync(file, [`name: ${name}`, source, head, sink, `restore: ${dies.restore ?? true}`].join('\n'));
  const before = process.env.NODE_OPTIONS;
  if (dies.dies) process.env.NODE_OPTIONS = `${before ?? ''} --import ${DYING}`;
  let result: CommandResult;
  try {
    result = await longwave(['run', file]);
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
  return { ...result, out };
}

describe('a run whose worker dies in the middle', () => {
  it.each(Object.entries(HEADS))(
    'logs it, goes on, and its findings are those of an undisturbed run: %s',
    async (_, head) => {
      const undisturbed = await run(head, 'undisturbed', { dies: false });
      expect(undisturbed).toMatchObject({ code: 0, stderr: expect.not.stringContaining('worker-crashed') });
      const disturbed = await run(head, 'disturbed', { dies: true });
      expect(disturbed.code).toBe(0);
      const crashes = disturbed.stderr
        .split('\n')
        .filter((line) => line.includes('worker-crashed'))
        .map((line) => JSON.parse(line) as unknown);
      const inEveryLine = { level: 'error', time: expect.any(String), pid: expect.any(Number), pipeline: 'disturbed' };
      expect(crashes).toEqual([
        {
          ...inEveryLine,
          event: 'worker-crashed',
          worker: 0,
          message: expect.stringContaining('code 9'),
          restored: 1,
          lost: [],
        },
      ]);
      const wanted = readFileSync(undisturbed.out);
      expect(wanted.toString().split('\n').length).toBe(ROWS + 1);
      expect(readFileSync(disturbed.out).equals(wanted)).toBe(true);
    },
  );

  it('ends with exit 4 where streams are not to be restored', async () => {
    const { code, stderr } = await run(HEADS['rows, judged'], 'lost', { dies: true, restore: false });
    expect(code).toBe(4);
    expect(stderr).toContain('WORKER_CRASHED');
  });
});
