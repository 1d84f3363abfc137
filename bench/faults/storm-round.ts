import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaTransport } from '../../connectors/index.ts';
import type { Random } from '../../core/index.ts';
import { type Round, type RoundResult, untilCommitted } from './run-end.ts';
import type { Scenario } from './scenario.ts';
import { readCommitted } from './verdict.ts';
import { WorkerProcess } from './worker-process.ts';

const BATCH = 40;
const MAX_WORKERS = 4;

/** Options of a {@link stormRound}. */
export interface StormRound extends Round {
  /** How often a worker joins or leaves. */
  readonly changes: number;
  /** Time between two changes. */
  readonly everyMs: number;
  /** Chooses who leaves, and whether by draining or by `kill -9`. */
  readonly random: Random;
}

/** Lets workers join and leave faster than the group comes to rest, while records come in. */
export async function stormRound(
  scenario: Scenario,
  transport: KafkaTransport,
  { run, records, changes, everyMs, random }: StormRound,
): Promise<RoundResult> {
  const open = (): WorkerProcess => new WorkerProcess(scenario.pipeline(run));
  const workers = [open()];
  const leaving: Promise<unknown>[] = [];
  const target = scenario.sent + records;
  try {
    for (let change = 0; change < changes; change++) {
      const next = performance.now() + everyMs;
      while (performance.now() < next) {
        if (scenario.sent < target) await scenario.send(BATCH);
        await sleep(Math.min(200, Math.max(0, next - performance.now())));
      }
      if (workers.length === 1 || (workers.length < MAX_WORKERS && random.nextUnit() < 0.5)) workers.push(open());
      else {
        const [worker] = workers.splice(Math.floor(random.nextUnit() * workers.length), 1) as [WorkerProcess];
        worker.signal(random.nextUnit() < 0.5 ? 'SIGTERM' : 'SIGKILL');
        leaving.push(worker.ended);
      }
    }
    await Promise.all(leaving);
    if (scenario.sent < target) await scenario.send(target - scenario.sent);
    await untilCommitted(scenario, transport, { run, workers });
  } finally {
    await Promise.all([...workers.map((worker) => worker.stop()), ...leaving]);
  }
  return { committed: await readCommitted(transport, scenario.output(run)), faults: changes };
}
