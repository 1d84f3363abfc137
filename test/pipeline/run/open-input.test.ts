import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openInput, requirePipeline, runPipeline } from '../../../pipeline/index.ts';

const DESCRIPTORS = '/proc/self/fd';

/** How often this process has a file open, as the kernel counts. */
function timesOpen(path: string): number {
  return readdirSync(DESCRIPTORS).filter((fd) => {
    try {
      return readlinkSync(join(DESCRIPTORS, fd)) === path;
    } catch {
      return false; // The one that listed them is gone.
    }
  }).length;
}

describe.skipIf(!existsSync(DESCRIPTORS))('openInput', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longwave-input-'));
  const path = join(folder, 'rows.csv');
  writeFileSync(path, `value\n${'1\n2\n'.repeat(100_000)}`);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('holds a file open from its first row on and lets go of it unread', async () => {
    const input = await openInput({ format: 'csv', path });
    expect(timesOpen(path)).toBe(1);
    await input.close();
    expect(timesOpen(path)).toBe(0);
  });

  it('lets go of the input of a pipeline whose model cannot be loaded', async () => {
    const config = requirePipeline(
      `name: none\nsource: { csv: { path: ${path} } }\nencoder: { model: ${join(folder, 'nowhere')} }\nhead: { embedding: {} }\nsink: { ndjson: { path: ${join(folder, 'out.ndjson')} } }\n`,
      'none.yaml',
    );
    await expect(runPipeline(config)).rejects.toMatchObject({ code: 'WEIGHTS_UNREADABLE' });
    expect(timesOpen(path)).toBe(0);
  });
});
