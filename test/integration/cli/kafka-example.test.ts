import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWithBroker, eventually, testBrokers, testTransport } from '../kafka/broker-setup.ts';
import { collect, start } from './run-command.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/kafka', import.meta.url));
const ROWS = 150;
const PUMPS = 8;

describeWithBroker('examples/kafka, on a real broker', () => {
  it('one of two workers is killed, the check finds every row once and the bytes of an unfailed run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longwave-example-'));
    const topic = `pumps-${randomUUID()}`;
    const pipeline = join(folder, 'pipeline.yaml');
    writeFileSync(
      pipeline,
      readFileSync(join(EXAMPLE, 'pipeline.yaml'), 'utf8')
        .replace('[127.0.0.1:9092]', JSON.stringify(testBrokers().split(',')))
        .replace('topic: pumps\n', `topic: ${topic}\n`)
        .replace('groupId: pump-hall', `groupId: ${topic}`)
        .replace('topic: pumps.judged', `topic: ${topic}.judged`),
    );
    const script = (name: string, ...args: string[]): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, [join(EXAMPLE, name), '--pipeline', pipeline, ...args]);
    await script('feed.mjs', '--rows', String(ROWS), '--seconds', '0');
    const workers = [start(['run', pipeline]), start(['run', pipeline])] as const;
    const [, ended] = workers.map(collect);
    try {
      await eventually('a first commit', async () => (await committedRecords(topic)) > 0, 60_000);
      workers[0].kill('SIGKILL');
      const { stdout } = await script('check.mjs');
      expect(stdout).toContain(`${ROWS * PUMPS} rows, each judged once, the same bytes as an unfailed run`);
    } finally {
      for (const worker of workers) worker.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    }
    expect((await ended)?.code).toBe(0);
  }, 180_000);
});

async function committedRecords(topic: string): Promise<number> {
  const admin = await (await testTransport()).admin();
  try {
    return [...(await admin.committed(topic, topic)).values()].reduce((sum, offset) => sum + Number(offset ?? 0n), 0);
  } finally {
    await admin.close();
  }
}
