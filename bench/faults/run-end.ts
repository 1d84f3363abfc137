import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaTransport } from '../../connectors/index.ts';
import { ConnectorError, LongwaveError } from '../../core/index.ts';
import type { Scenario } from './scenario.ts';
import { type Committed, readCommitted } from './verdict.ts';
import { WorkerProcess } from './worker-process.ts';

/** How long a round may take before it counts as stuck. */
export const STUCK_MS = 120_000;
const POLL_MS = 100;
const BATCH = 20;

/** What every round of faults needs. */
export interface Round {
  /** Its name: of its group and output. */
  readonly run: string;
  /** Records to send while the workers work. */
  readonly records: number;
}

/** What a round came to. */
export interface RoundResult {
  readonly committed: Committed;
  /** Faults that were done to it. */
  readonly faults: number;
}

/** The output of a run in which nothing fails, over all that was sent: what every other run has to give. */
export async function unfailedRun(scenario: Scenario, transport: KafkaTransport): Promise<Committed> {
  const worker = new WorkerProcess(scenario.pipeline('unfailed'));
  try {
    await untilCommitted(scenario, transport, { run: 'unfailed', workers: [worker] });
  } finally {
    await worker.stop();
  }
  return readCommitted(transport, scenario.output('unfailed'));
}

/**
 * Waits until the group of a run has committed everything that was sent.
 * @throws ConnectorError when that takes too long, or one of the workers ends
 */
export async function untilCommitted(
  scenario: Scenario,
  transport: KafkaTransport,
  { run, workers }: { readonly run: string; readonly workers: readonly WorkerProcess[] },
): Promise<void> {
  const deadline = performance.now() + STUCK_MS;
  while (!(await isCommitted(scenario, transport, run))) {
    const ended = workers.find(({ isRunning }) => !isRunning);
    if (ended !== undefined) throw stuck(run, ended);
    if (performance.now() > deadline) throw stuck(run, workers[0]);
    await sleep(POLL_MS);
  }
}

/** Whether the group of a run has committed everything that was sent. Brokers that do not answer have not told so. */
export async function isCommitted(scenario: Scenario, transport: KafkaTransport, run: string): Promise<boolean> {
  try {
    const admin = await transport.admin();
    try {
      const ends = await admin.offsets(scenario.input);
      const committed = await admin.committed(scenario.group(run), scenario.input);
      return ends.every(({ partition, high }) => (committed.get(partition) ?? 0n) >= high);
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (error instanceof LongwaveError && error.retryable) return false;
    throw error;
  }
}

/**
 * Sends records, fast up to a target, then as many as it takes in steps that make a commit each.
 * @throws ConnectorError when the worker does not come to it
 */
export async function sendUntil(
  scenario: Scenario,
  to: { readonly run: string; readonly worker: WorkerProcess; readonly target: number; readonly isDone: () => boolean },
): Promise<void> {
  const { run, worker, target, isDone } = to;
  const deadline = performance.now() + STUCK_MS;
  while (!isDone()) {
    if (performance.now() > deadline || !worker.isRunning) throw stuck(run, worker);
    await scenario.send(BATCH);
    if (scenario.sent >= target) await sleep(POLL_MS);
  }
}

/** A round that does not come to its end, with the last that a worker said. */
export function stuck(run: string, worker: WorkerProcess | undefined): ConnectorError {
  const last = JSON.stringify(worker?.lines.slice(-5) ?? []);
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected round ${run} to end within ${STUCK_MS} ms, its worker says: ${last}`,
  );
}
