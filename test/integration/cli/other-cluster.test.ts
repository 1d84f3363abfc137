import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithBroker, freshTopic, testBrokers, testTransport } from '../kafka/broker-setup.ts';
import { produce, readRange, text } from '../kafka/harness.ts';
import { KafkaRun, untilCommitted, writePipeline } from './kafka-run.ts';

describeWithBroker('findings that go to brokers named for them alone', () => {
  it('carry name, trace and time as those on the brokers of the input do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longwave-other-'));
    const transport = await testTransport();
    const input = await freshTopic(transport);
    const file = writePipeline(join(folder, 'other.yaml'), { input });
    const brokers = JSON.stringify(testBrokers().split(','));
    const here = readFileSync(file, 'utf8');
    writeFileSync(file, here.replace('sink: { kafka: {', `sink: { kafka: { brokers: ${brokers},`));
    const traceparent = `00-${'7'.repeat(32)}-${'b'.repeat(16)}-01`;
    const timestampMs = Date.now() - 1000;
    const value = JSON.stringify([0, 1, 2].map((row) => ({ row, load: row })));
    await produce(transport, input, [{ key: 'pump', value, partition: 0, headers: { traceparent }, timestampMs }]);

    const run = new KafkaRun(file);
    await untilCommitted(run, transport, input, 1n);
    expect((await run.stop()).code).toBe(0);
    rmSync(folder, { recursive: true, force: true });

    const written = await readRange(transport, { topic: `${input}.out`, partition: 0 });
    const told = written.map(({ headers, timestampMs: time }) => [
      text(headers.get('ce_id') ?? null)
        .split('/')
        .slice(0, 4)
        .join('/'),
      text(headers.get('traceparent') ?? null),
      time,
    ]);
    expect(told).toEqual([0, 1, 2].map((row) => [`embedding/pump/0-0/${row}`, traceparent, timestampMs]));
  });
});
