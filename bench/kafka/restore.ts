import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureTopics, type KafkaTransport, type OutgoingRecord } from '../../connectors/index.ts';
import { ConnectorError, Random } from '../../core/index.ts';
import type { LongformerConfig } from '../../models/index.ts';
import { ENCODER_CONFIGS, type EncoderSize } from '../encoder/configs.ts';
import { readCommitted } from '../faults/verdict.ts';
import { WorkerProcess } from '../faults/worker-process.ts';
import type { KafkaRestoreMeasurement } from './measurement.ts';

const PROGRAM = fileURLToPath(new URL('./worker.js', import.meta.url));
const SEED = 1;
const ROWS_PER_RECORD = 64;
const POLL_MS = 50;
const STUCK_MS = 300_000;

/** What is restored. */
export interface RestoreCase {
  readonly config: EncoderSize;
  readonly streams: number;
  /** Records of one row each that have to be computed again, in all. */
  readonly replayRecords: number;
  /** Where states are kept as well. Default: nowhere. */
  readonly localDir?: string | undefined;
}

/**
 * Fills the windows of all streams of a partition, drains, so that every state is written; goes on by `replayRecords` and is
 * killed; starts again and measures until it takes new records.
 * @throws ConnectorError `CONNECTOR_FAILED`
 */
export async function measureRestore(
  transport: KafkaTransport,
  { config, streams, replayRecords, localDir }: RestoreCase,
): Promise<KafkaRestoreMeasurement> {
  const input = `bench-restore-${randomUUID()}`;
  await ensureTopics(transport, [{ topic: input }], { create: true });
  const encoder = ENCODER_CONFIGS[config];
  const rows = rowMaker(encoder.inputSize);
  const send = (count: number, rowsEach: number): Promise<void> =>
    sendAll(
      transport,
      input,
      Array.from({ length: count }, (_, i) => ({
        key: `stream-${i % streams}`,
        value: JSON.stringify(Array.from({ length: rowsEach }, rows)),
        partition: 0,
      })),
    );
  const open = (commitMs: number): WorkerProcess =>
    new WorkerProcess(pipeline({ brokers: transport.brokers, input, encoder, commitMs, localDir }), {
      program: PROGRAM,
    });
  const work = async (end: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const worker = open(100);
    try {
      await untilTrue(worker, () => isCommitted(transport, input));
    } finally {
      worker.signal(end);
      await worker.ended;
    }
  };
  const filling = Math.ceil(windowOf(encoder) / ROWS_PER_RECORD);
  await send(streams * filling, ROWS_PER_RECORD);
  await work('SIGTERM');
  const chunks = await readCommitted(transport, `${input}-group.snapshots`);
  const stateBytes = chunks.flat().reduce((sum, { bytes }) => sum + (JSON.parse(bytes)[1] as string).length, 0);
  if (replayRecords > 0) {
    await send(replayRecords, 1);
    await work('SIGKILL');
  }
  await send(1, 1);
  const worker = open(1);
  try {
    await untilTrue(worker, async () => worker.events('first-commit').length > 0);
  } finally {
    await worker.stop();
  }
  const restored = worker.events('restored')[0] as { readonly ms: number; readonly atMs: number };
  const first = worker.events('first-commit')[0] as { readonly atMs: number };
  const ms = Math.round(restored.ms + first.atMs - restored.atMs);
  return { bench: 'kafka-restore', streams, config, stateBytes, replayRecords, stateMs: restored.ms, ms };
}

function pipeline(parts: {
  readonly brokers: readonly string[];
  readonly input: string;
  readonly encoder: LongformerConfig;
  readonly commitMs: number;
  readonly localDir: string | undefined;
}): string {
  const { brokers, input, encoder, commitMs, localDir } = parts;
  const copies = localDir === undefined ? '' : `, localDir: ${JSON.stringify(localDir)}`;
  const { hiddenSize, numLayers, numHeads, ffnSize } = encoder;
  const values = Array.from({ length: encoder.inputSize }, (_, i) => `c${i}`).join(', ');
  const sizes = `hiddenSize: ${hiddenSize}, numLayers: ${numLayers}, numHeads: ${numHeads}, ffnSize: ${ffnSize}`;
  return `name: bench
source:
  kafka: { brokers: ${JSON.stringify(brokers)}, topic: ${input}, groupId: ${input}-group, format: json, values: [${values}], sessionTimeoutMs: 6000 }
front: { none: {} }
encoder: { ${sizes}, window: ${windowOf(encoder)} }
head: { scene: {} }
sink: { kafka: { topic: ${input}-out } }
checkpoint: { commitMs: ${commitMs}, snapshotMs: 86400000, snapshotBytes: 1000000000${copies} }
`;
}

function windowOf({ window }: LongformerConfig): number {
  return Math.max(...[window ?? 0].flat());
}

function rowMaker(values: number): () => Readonly<Record<string, number>> {
  const random = new Random(SEED);
  return () =>
    Object.fromEntries(
      Array.from({ length: values }, (_, i) => [`c${i}`, Math.round(random.nextSymmetric(1000)) / 1000]),
    );
}

async function sendAll(transport: KafkaTransport, topic: string, records: readonly OutgoingRecord[]): Promise<void> {
  const producer = await transport.producer();
  try {
    for (let at = 0; at < records.length; at += 8) await producer.send(topic, 0, records.slice(at, at + 8));
  } finally {
    await producer.close();
  }
}

async function isCommitted(transport: KafkaTransport, input: string): Promise<boolean> {
  const admin = await transport.admin();
  try {
    const [end] = await admin.offsets(input);
    const committed = (await admin.committed(`${input}-group`, input)).get(0) ?? 0n;
    return end !== undefined && committed >= end.high;
  } finally {
    await admin.close();
  }
}

async function untilTrue(worker: WorkerProcess, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + STUCK_MS;
  while (!(await holds())) {
    if (!worker.isRunning || performance.now() > deadline) {
      const last = JSON.stringify(worker.lines.at(-1) ?? {});
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `Expected the worker of the restore to come to its end, got ${last}`,
      );
    }
    await sleep(POLL_MS);
  }
}
