import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { figures } from '../../pipeline/operations/prometheus-text.ts';
import { describeWithBroker, freshTopic, testTransport } from '../kafka/broker-setup.ts';
import { produce, readRange, text } from '../kafka/harness.ts';
import { KafkaRun, sendRows, untilCommitted, writePipeline } from './kafka-run.ts';
import { longwave } from './run-command.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-operations-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HTTP = 'http: { port: 0 }';

async function endpointOf(run: KafkaRun): Promise<string> {
  await run.until('the endpoints', () => run.events('http').length > 0);
  return String(run.events('http')[0]?.url);
}

const metricsOf = async (url: string) => figures(await (await fetch(`${url}/metrics`)).text());

describeWithBroker('a Kafka pipeline in operation', () => {
  it('gets ready, shows what it has committed, and after a restart what it has read back', async () => {
    const transport = await testTransport();
    const input = await freshTopic(transport, 2);
    const file = writePipeline(join(folder, 'ready.yaml'), { input, extra: HTTP });
    await sendRows(transport, input, { from: 0, records: 30 });
    await produce(transport, input, [{ key: 'pump', value: 'no JSON', partition: 0 }]);

    const first = new KafkaRun(file);
    const url = await endpointOf(first);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await first.until('readiness', async () => (await fetch(`${url}/readyz`)).status === 200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({
      ...{ ready: true, waitsFor: null },
      partitions: [0, 1].map((partition) => ({ partition, phase: 'ready' })),
    });
    await untilCommitted(first, transport, input, 31n);
    await first.until('the figures', async () => (await metricsOf(url)).get('longwave_records_total') === 31);
    const metrics = await metricsOf(url);
    expect(metrics.get('longwave_findings_total')).toBe(300);
    expect(metrics.get('longwave_dead_letters_total')).toBe(1);
    expect(metrics.get('longwave_lag_records 0')).toBe(0);
    expect(metrics.get('longwave_streams 0')).toBe(1);
    expect(metrics.get('longwave_cache_bytes 0')).toBeGreaterThan(0);
    expect(metrics.get('longwave_fenced_total')).toBe(0);
    expect(metrics.get('longwave_commit_seconds_count')).toBeGreaterThan(0);
    expect((await first.stop()).code).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();

    const second = new KafkaRun(file);
    const again = await endpointOf(second);
    await second.until('readiness', async () => (await fetch(`${again}/readyz`)).status === 200);
    const restored = await metricsOf(again);
    expect(restored.get('longwave_restored_bytes_total')).toBeGreaterThan(0);
    expect(restored.get('longwave_restore_seconds_count')).toBe(2);
    expect(restored.get('longwave_streams 0')).toBe(1);
    expect((await second.stop()).code).toBe(0);
  });

  it('ends with 4 and names the port where another has it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const file = writePipeline(join(folder, 'port.yaml'), { input: 'none', extra: `http: { port: ${port} }` });
    const { code, stderr } = await longwave(['run', file]);
    other.close();
    expect([code, stderr]).toEqual([
      4,
      expect.stringMatching(new RegExp(`http\\.port. ${port} .*\\[CONNECTOR_FAILED\\]`)),
    ]);
  });

  it('ends with 4 where it cannot drain in time, says what is left, and loses nothing', async () => {
    const transport = await testTransport();
    const input = await freshTopic(transport);
    const heavy = 'hiddenSize: 512, numLayers: 8, numHeads: 8, window: 512';
    const late = writePipeline(join(folder, 'late.yaml'), {
      input,
      encoder: heavy,
      checkpoint: 'commitMs: 20, drainMs: 0',
      extra: HTTP,
    });
    await sendRows(transport, input, { from: 0, records: 40 });
    const run = new KafkaRun(late);
    const url = await endpointOf(run);
    await run.until('a batch', async () => ((await metricsOf(url)).get('longwave_lag_records 0') ?? 0) > 0);
    const { code, stderr } = await run.stop();
    expect(code).toBe(4);
    expect(stderr).toMatch(/within 0 ms of the abort, left .*partitions.*\[CONNECTOR_FAILED\]/);

    const rest = new KafkaRun(writePipeline(join(folder, 'rest.yaml'), { input, encoder: heavy }));
    await untilCommitted(rest, transport, input, 40n);
    expect((await rest.stop()).code).toBe(0);
    const written = await readRange(transport, { topic: `${input}.out`, partition: 0 });
    const tokens = written.map(({ value }) => JSON.parse(text(value)).token);
    expect(tokens).toEqual(Array.from({ length: 400 }, (_, token) => token));
  });
});
