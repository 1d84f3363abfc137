import { fileURLToPath } from 'node:url';
import type { KafkaTransport } from '../../connectors/index.ts';
import { ConnectorError } from '../../core/index.ts';
import { WorkerProcess } from '../faults/worker-process.ts';
import { Load } from './load.ts';
import type { BenchGuarantee } from './measurement.ts';
import { Receiver } from './receiver.ts';
import { smallPipeline } from './small-pipeline.ts';

/** Records per partition that are worked on before anything is measured. */
const WARM_UP = 200;

/** One way to move records. */
export interface Subject {
  readonly guarantee: BenchGuarantee;
  /** `null`: every batch is committed. */
  readonly commitMs: number | null;
  readonly partitions: number;
}

/** How much is sent. */
export interface LoadSize {
  /** Records of the backlog, for the rate. */
  readonly backlog: number;
  /** Records one after the other, for the time from end to end. */
  readonly steady: number;
  readonly stepMs: number;
}

/** What one round of a subject showed. */
export interface RoundResult {
  readonly recordsPerSecond: number;
  readonly latencies: readonly number[];
}

/**
 * Lets a subject work off a backlog, then records at a steady rate, in a process and topics of its own.
 * @throws ConnectorError `CONNECTOR_FAILED`
 */
export async function measureRound(
  transport: KafkaTransport,
  subject: Subject,
  { backlog, steady, stepMs }: LoadSize,
): Promise<RoundResult> {
  const load = await Load.open(transport, subject.partitions);
  const warmUp = load.partitions * WARM_UP;
  await load.fill(warmUp);
  const receiver = new Receiver(transport, load.output);
  const worker = startWorker(transport, subject, load);
  const died = worker.ended.then(({ code, signal }) => {
    const last = JSON.stringify(worker.lines.at(-1) ?? {});
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `Expected the worker to go on, it ended by ${signal ?? code}: ${last}`,
    );
  });
  died.catch(() => {});
  try {
    await Promise.race([receiver.until(warmUp), died]);
    // Stopped while its backlog grows: so it is warm, and the producer takes nothing from it.
    worker.signal('SIGSTOP');
    await load.fill(backlog);
    receiver.take();
    const start = performance.now();
    worker.signal('SIGCONT');
    await Promise.race([receiver.until(warmUp + backlog), died]);
    const recordsPerSecond = backlog / ((receiver.take().lastMs - start) / 1000);
    await load.steady(steady, stepMs);
    await Promise.race([receiver.until(warmUp + backlog + steady), died]);
    return { recordsPerSecond, latencies: receiver.take().latencies };
  } finally {
    await receiver.close();
    await worker.stop();
  }
}

function startWorker({ brokers }: KafkaTransport, { guarantee, commitMs }: Subject, load: Load): WorkerProcess {
  const { input, output } = load;
  const groupId = `${input}-group`;
  const isBare = guarantee === 'bare-kafkajs';
  const text = isBare
    ? JSON.stringify({ brokers, groupId, input, output })
    : smallPipeline({ brokers, groupId, input, output, guarantee, commitMs: commitMs ?? 100 });
  const program = fileURLToPath(new URL(isBare ? './bare-loop.js' : './worker.js', import.meta.url));
  return new WorkerProcess(text, { program });
}
