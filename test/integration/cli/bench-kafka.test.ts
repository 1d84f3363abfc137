import { expect, it } from 'vitest';
import type { KafkaLine } from '../../../bench/index.ts';
import { describeWithBroker, testBrokers } from '../kafka/broker-setup.ts';
import { longwave } from './run-command.ts';

describeWithBroker('longwave bench kafka, on a real broker', () => {
  it('measures the client alone, both promises and a restart, one JSON object a line', async () => {
    const { code, stdout, stderr } = await longwave([
      'bench',
      'kafka',
      '--quick',
      '--json',
      '--brokers',
      testBrokers(),
    ]);
    expect(code, stderr).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as KafkaLine);
    expect(lines.flatMap((line) => (line.bench === 'kafka' ? [[line.guarantee, line.commitMs]] : []))).toEqual([
      ['bare-kafkajs', null],
      ['at-least-once', 100],
      ['exactly-once', 100],
    ]);
    for (const line of lines) {
      if (line.bench !== 'kafka') continue;
      expect(line.recordsPerSecond).toBeGreaterThan(0);
      expect(line.p99Ms).toBeGreaterThanOrEqual(line.p50Ms);
    }
    const [restore] = lines.filter((line) => line.bench === 'kafka-restore');
    expect(restore).toMatchObject({ streams: 2, config: 'A', replayRecords: 20 });
    // Four layers of 512 keys and values of 128 numbers, 4 bytes each, of two streams; the rest of a state is small.
    expect(restore?.stateBytes).toBeGreaterThanOrEqual(2 * 4 * 512 * 128 * 2 * 4);
    expect(restore?.stateBytes).toBeLessThan(1.1 * 2 * 4 * 512 * 128 * 2 * 4);
    expect(restore?.ms).toBeGreaterThanOrEqual(restore?.stateMs ?? Number.POSITIVE_INFINITY);
    expect(lines.filter((line) => line.bench === 'kafka-target').length).toBe(2);
  }, 240_000);
});
