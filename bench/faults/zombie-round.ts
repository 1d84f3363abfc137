import type { KafkaTransport } from '../../connectors/index.ts';
import type { CommitStep } from '../../pipeline/index.ts';
import { type Round, type RoundResult, sendUntil, untilCommitted } from './run-end.ts';
import type { Scenario } from './scenario.ts';
import { readCommitted } from './verdict.ts';
import { WorkerProcess } from './worker-process.ts';

const BATCH = 20;

/** Options of a {@link zombieRound}. */
export interface ZombieRound extends Round {
  /** Where the worker is stopped: in its commit number `count`. */
  readonly step: CommitStep;
  readonly count: number;
}

/** What a {@link zombieRound} came to. */
export interface ZombieResult extends RoundResult {
  /** Partitions that the worker was told it has no more, after it woke up. */
  readonly fenced: number;
}

/**
 * Stops a worker in the middle of a commit, lets another one take everything over once the group has given the first one up, wakes
 * the first one up, and lets both go on.
 */
export async function zombieRound(
  scenario: Scenario,
  transport: KafkaTransport,
  { run, records, step, count }: ZombieRound,
): Promise<ZombieResult> {
  const pipeline = scenario.pipeline(run);
  const zombie = new WorkerProcess(pipeline, { faults: [{ step, count, signal: 'SIGSTOP' }] });
  let heir: WorkerProcess | undefined;
  const target = scenario.sent + records;
  try {
    await sendUntil(scenario, { run, worker: zombie, target, isDone: () => zombie.faultsReached > 0 });
    heir = new WorkerProcess(pipeline);
    const taken = (): number => heir?.events('restored').length ?? 0;
    await heir.until('its taking over', () => taken() >= scenario.partitions);
    await scenario.send(BATCH);
    await untilCommitted(scenario, transport, { run, workers: [heir] });
    zombie.signal('SIGCONT');
    // After `committed` it may have nothing more to write that could be refused.
    if (step !== 'committed') await zombie.until('its fencing', () => zombie.fenced.length > 0);
    await scenario.send(Math.max(BATCH, target - scenario.sent));
    await untilCommitted(scenario, transport, { run, workers: [heir, zombie] });
  } finally {
    await Promise.all([zombie.stop(), heir?.stop()]);
  }
  return {
    committed: await readCommitted(transport, scenario.output(run)),
    faults: zombie.faultsReached,
    fenced: zombie.fenced.length,
  };
}
