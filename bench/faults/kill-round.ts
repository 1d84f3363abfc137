import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaTransport } from '../../connectors/index.ts';
import { isCommitted, type Round, type RoundResult, STUCK_MS, stuck } from './run-end.ts';
import type { Scenario } from './scenario.ts';
import { readCommitted } from './verdict.ts';
import { type StepFault, WorkerProcess } from './worker-process.ts';

const POLL_MS = 100;

/** Options of a {@link killRound}. */
export interface KillRound extends Round {
  /** The fault of each worker, one after the other; the last one works to the end. */
  readonly faults: readonly StepFault[];
  /** Records sent at a time. */
  readonly batch: number;
}

/**
 * Lets workers die one after the other while records come in, then one work to the end. A worker that finds too little to do to
 * come to its own end is killed from outside.
 */
export async function killRound(scenario: Scenario, transport: KafkaTransport, round: KillRound): Promise<RoundResult> {
  const { run, faults, records, batch } = round;
  const pipeline = scenario.pipeline(run);
  const open = (fault: StepFault | undefined): WorkerProcess =>
    new WorkerProcess(pipeline, { faults: fault === undefined ? [] : [fault] });
  let worker = open(faults[0]);
  let next = 1;
  const target = scenario.sent + records;
  const deadline = performance.now() + STUCK_MS;
  try {
    for (;;) {
      if (!worker.isRunning) {
        if ((await worker.ended).signal !== 'SIGKILL') throw stuck(run, worker);
        worker = open(faults[next++]);
      }
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
  return { committed: await readCommitted(transport, scenario.output(run)), faults: faults.length };
}
