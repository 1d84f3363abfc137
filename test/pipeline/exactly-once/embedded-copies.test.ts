import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, embeddedBroker, type OutgoingRecord } from '../../../connectors/index.ts';
import { ModelPool, type PipelineLog } from '../../../pipeline/index.ts';
import { EmbeddedPipeline } from './embedded-pipeline.ts';
import { expectExact } from './expect-exact.ts';

const KEYS = 4;

/** Rows of some keys in turn. */
function records(from: number, to: number): OutgoingRecord[] {
  return Array.from({ length: to - from }, (_, i) => {
    const rows = Array.from({ length: 10 }, (__, row) => ({ a: Math.sin(from + i + row / 4), b: row }));
    return { key: `s${(from + i) % KEYS}`, value: JSON.stringify(rows), partition: 0, timestampMs: 1e12 + from + i };
  });
}

describe('a partition with copies of its states nearby', () => {
  let directory: string;
  let pool: ModelPool;
  let broker: EmbeddedBroker;
  let pipeline: EmbeddedPipeline;

  beforeAll(() => {
    pool = new ModelPool({ workers: 1 });
  });
  afterAll(() => pool.close());
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lw-states-'));
    broker = embeddedBroker();
    const checkpoint = `{ commitMs: 1, snapshotBytes: 1024, localDir: ${JSON.stringify(directory)} }`;
    pipeline = new EmbeddedPipeline(broker, pool, { checkpoint });
    await pipeline.fill(records(0, 40), 1);
  });
  afterEach(async () => {
    await broker.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const folder = (run: string): string => join(directory, `${run}.snapshots-0`);
  const counts = (lines: readonly PipelineLog[]): unknown => {
    const { used, absent, damaged } = lines.find(({ event }) => event === 'local-copies') ?? expect.unreachable();
    return { used, absent, damaged };
  };

  /** Goes on, and tells what became of the copies; the output must be that of a run that was never interrupted. */
  async function goneOn(): Promise<unknown> {
    await pipeline.send(records(40, 60));
    const lines = await pipeline.run('near');
    await pipeline.run('unfailed');
    expect(await pipeline.output('near')).toEqual(await pipeline.output('unfailed'));
    return counts(lines);
  }

  it('comes back from them without its snapshots topic', async () => {
    await pipeline.run('near');
    expect(readdirSync(folder('near')).length).toBe(KEYS);
    broker.trim('near.snapshots', 0, 1_000_000n);
    expect(await goneOn()).toEqual({ used: KEYS, absent: 0, damaged: 0 });
  });

  it.each<[string, (files: readonly string[]) => void, object]>([
    ['they are gone', (files) => void files.map((file) => rmSync(file)), { used: 0, absent: KEYS, damaged: 0 }],
    [
      'one is damaged',
      ([file = '']) =>
        writeFileSync(
          file,
          readFileSync(file).map((byte, i) => (i === 100 ? byte ^ 1 : byte)),
        ),
      { used: KEYS - 1, absent: 0, damaged: 1 },
    ],
    [
      'one is of another stream',
      ([file = '', other = '']) => writeFileSync(file, readFileSync(other)),
      { used: KEYS - 1, absent: 0, damaged: 1 },
    ],
  ])('reads the topic where %s', async (_, change, expected) => {
    await pipeline.run('near');
    change(readdirSync(folder('near')).map((name) => join(folder('near'), name)));
    expect(await goneOn()).toEqual(expected);
  });

  it('takes no copy that is older than what was committed elsewhere', async () => {
    await pipeline.run('near');
    const files = readdirSync(folder('near')).map((name) => [name, readFileSync(join(folder('near'), name))] as const);
    await pipeline.send(records(40, 50));
    await pipeline.run('near');
    for (const name of readdirSync(folder('near'))) rmSync(join(folder('near'), name));
    for (const [name, bytes] of files) writeFileSync(join(folder('near'), name), bytes);
    expect(await goneOn()).toEqual({ used: 0, absent: KEYS, damaged: 0 });
  });

  it('works, and says once that it keeps none, where they cannot be written', async () => {
    writeFileSync(folder('near'), 'a file');
    const lines = await pipeline.run('near');
    expect(lines.filter(({ event }) => event === 'local-copies-failed').length).toBe(1);
    expect(await goneOn()).toEqual({ used: 0, absent: 0, damaged: KEYS });
  });

  it('commits the same bytes wherever its processes die', async () => {
    await pipeline.run('unfailed');
    const expected = await pipeline.output('unfailed');
    expect(await expectExact({ pipeline, expected, rounds: 20 })).toBeGreaterThan(10);
  });
});
