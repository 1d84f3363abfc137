import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaTransport } from '../../connectors/index.ts';
import { ConnectorError } from '../../core/index.ts';
import type { Scenario } from './scenario.ts';
import { type Committed, compare, readCommitted, type Verdict } from './verdict.ts';
import { type StepFault, WorkerProcess } from './worker-process.ts';

/** How long a round may take before it counts as stuck. */
const STUCK_MS = 120_000;
const POLL_MS = 100;

/** One round: a name of its own, and the ends that its workers come to. */
export interface KillRound {
  readonly run: string;
  /** The fault of each worker, one after the other; the last one works to the end. */
  readonly faults: readonly StepFault[];
  /** Records to send while the workers work, `batch` at a time. */
  readonly records: number;
  readonly batch: number;
  readonly program?: string;
}

/** What a round showed. */
export interface KillResult {
  /** Workers that were killed. */
  readonly kills: number;
  readonly verdict: Verdict;
}

/** The output of a run in which nothing fails, over all that was sent: what every other run has to give. */
export async function unfailedRun(scenario: Scenario, transport: KafkaTransport, program?: string): Promise<Committed> {
  const worker = new WorkerProcess(scenario.pipeline('unfailed'), program === undefined ? {} : { program });
  try {
    await untilCommitted(scenario, transport, 'unfailed');
  } finally {
    await worker.stop();
  }
  return readCommitted(transport, scenario.output('unfailed'));
}

/**
 * Lets workers die one after the other while records come in, then one work to the end. A worker that finds too little to do to
 * come to its own end is killed from outside.
 */
export async function killRound(scenario: Scenario, transport: KafkaTransport, round: KillRound): Promise<Committed> {
  const { run, faults, records, batch, program } = round;
  const pipeline = scenario.pipeline(run);
  const open = (fault: StepFault | undefined): WorkerProcess =>
    new WorkerProcess(pipeline, {
      ...(fault === undefined ? {} : { fault }),
      ...(program === undefined ? {} : { program }),
    });
  let worker = open(faults[0]);
  let next = 1;
  const target = scenario.sent + records;
  const deadline = performance.now() + STUCK_MS;
  try {
    for (;;) {
      if (!worker.isRunning) worker = open(faults[next++]);
      if (scenario.sent < target) await scenario.send(Math.min(batch, target - scenario.sent));
      else if (!(await isCommitted(scenario, transport, run))) await sleep(POLL_MS);
      else if (next > faults.length) break;
      // It has no more to do and has not come to its end: one from outside.
      else worker.signal('SIGKILL');
      if (performance.now() > deadline) throw stuck(run, worker);
    }
  } finally {
    await worker.stop();
  }
  return readCommitted(transport, scenario.output(run));
}

/** Compares a round's output with that of the unfailed run. */
export function judge(expected: Committed, got: Committed, kills: number): KillResult {
  return { kills, verdict: compare(expected, got) };
}

/** Waits until the group of a run has committed everything that was sent. */
export async function untilCommitted(scenario: Scenario, transport: KafkaTransport, run: string): Promise<void> {
  const deadline = performance.now() + STUCK_MS;
  while (!(await isCommitted(scenario, transport, run))) {
    if (performance.now() > deadline) {
      throw new ConnectorError('CONNECTOR_FAILED', `Expected run ${run} to commit its input within ${STUCK_MS} ms`);
    }
    await sleep(POLL_MS);
  }
}

async function isCommitted(scenario: Scenario, transport: KafkaTransport, run: string): Promise<boolean> {
  const admin = await transport.admin();
  try {
    const ends = await admin.offsets(scenario.input);
    const committed = await admin.committed(scenario.group(run), scenario.input);
    return ends.every(({ partition, high }) => (committed.get(partition) ?? 0n) >= high);
  } finally {
    await admin.close();
  }
}

function stuck(run: string, worker: WorkerProcess): ConnectorError {
  const last = JSON.stringify(worker.lines.slice(-5));
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected round ${run} to end within ${STUCK_MS} ms, it is at: ${last}`,
  );
}
