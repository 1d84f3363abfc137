import type { KafkaTransport } from '../../connectors/index.ts';
import type { CommitStep } from '../../pipeline/index.ts';
import { type Round, type RoundResult, sendUntil, untilCommitted } from './run-end.ts';
import type { Scenario } from './scenario.ts';
import { readCommitted } from './verdict.ts';
import { WorkerProcess } from './worker-process.ts';

const BATCH = 20;

/** Options of an {@link outageRound}. */
export interface OutageRound extends Round {
  /** Where the worker stands while brokers fail, one outage each, in their order. */
  readonly points: readonly { readonly step: CommitStep; readonly count: number }[];
  /** Kills brokers; called while the worker stands still in a transaction. */
  readonly kill: (outage: number) => Promise<void>;
  /** Called when the worker is at work again. */
  readonly recover: (outage: number) => Promise<void>;
}

/** Lets brokers fail while a worker is in the middle of a transaction. The worker has to come through by itself. */
export async function outageRound(
  scenario: Scenario,
  transport: KafkaTransport,
  { run, records, points, kill, recover }: OutageRound,
): Promise<RoundResult> {
  const faults = points.map(({ step, count }) => ({ step, count, signal: 'SIGSTOP' as const }));
  const worker = new WorkerProcess(scenario.pipeline(run), { faults });
  const target = scenario.sent + records;
  try {
    for (let outage = 0; outage < points.length; outage++) {
      await sendUntil(scenario, { run, worker, target, isDone: () => worker.faultsReached > outage });
      await kill(outage);
      worker.signal('SIGCONT');
      await recover(outage);
    }
    await scenario.send(Math.max(BATCH, target - scenario.sent));
    await untilCommitted(scenario, transport, { run, workers: [worker] });
  } finally {
    await worker.stop();
  }
  return { committed: await readCommitted(transport, scenario.output(run)), faults: worker.faultsReached };
}
