import type { KafkaTransport } from '../../connectors/index.ts';
import type { Random } from '../../core/index.ts';
import { COMMIT_STEPS, type CommitStep } from '../../pipeline/index.ts';
import { END_TXN_FAULTS } from './broker-proxy.ts';
import type { FaultKind } from './fault-kinds.ts';
import { killRound } from './kill-round.ts';
import { leaderOf } from './leader-of.ts';
import { outageRound } from './outage-round.ts';
import { proxyRound } from './proxy-round.ts';
import { type RoundResult, unfailedRun } from './run-end.ts';
import { Scenario } from './scenario.ts';
import { stormRound } from './storm-round.ts';
import { compare, idFaults, type Verdict } from './verdict.ts';
import { zombieRound } from './zombie-round.ts';

const RUN = 'failed';
/** Our brokers allow a session this short; those of others mostly allow 6 s and more. */
const SESSION_TIMEOUT_MS = { own: 1500, others: 6000 } as const;
/** Commits within which a fault comes. */
const MAX_COUNT = 8;

/** Brokers that a round may kill. */
export interface MortalBrokers {
  readonly kill: (node: number) => Promise<void>;
  readonly restart: (node: number) => Promise<void>;
}

/** Where a round takes place. */
export interface RoundPlace {
  readonly transport: KafkaTransport;
  /** `undefined`: the brokers are not ours. */
  readonly mortal: MortalBrokers | undefined;
}

/** What a round showed. */
export interface RoundReport extends Verdict {
  readonly kind: FaultKind;
  /** Of the round's own scenario. */
  readonly seed: number;
  /** Kills, stops, changes or spoiled requests. */
  readonly faults: number;
  /** Holes and repetitions in the ids of findings. */
  readonly idFaults: number;
}

/** One round of a kind, with faults at random, and its output beside that of an unfailed run. */
export async function randomRound(
  kind: FaultKind,
  { transport, mortal }: RoundPlace,
  random: Random,
): Promise<RoundReport> {
  const seed = below(random, 2 ** 24);
  const sessionTimeoutMs = mortal === undefined ? SESSION_TIMEOUT_MS.others : SESSION_TIMEOUT_MS.own;
  const sizes = kind === 'storm' ? { partitions: 8, keys: 16 } : { partitions: 1 + below(random, 3), keys: 6 };
  const scenario = await Scenario.open(transport, { ...sizes, seed, sessionTimeoutMs });
  const { committed, faults } = await failed(kind, { scenario, transport, mortal, random });
  const verdict = compare(await unfailedRun(scenario, transport), committed);
  return { kind, seed, faults, ...verdict, idFaults: idFaults(committed).length };
}

interface Stage extends RoundPlace {
  readonly scenario: Scenario;
  readonly random: Random;
}

function failed(kind: FaultKind, { scenario, transport, mortal, random }: Stage): Promise<RoundResult> {
  const count = (): number => 1 + below(random, MAX_COUNT);
  switch (kind) {
    case 'kill': {
      const faults = Array.from({ length: 2 + below(random, 4) }, () => {
        return { step: anyStep(random), count: count(), signal: 'SIGKILL' as const };
      });
      return killRound(scenario, transport, { run: RUN, records: 600, batch: 20, faults });
    }
    case 'zombie':
      return zombieRound(scenario, transport, { run: RUN, records: 400, step: anyStep(random), count: count() });
    case 'broker': {
      const points = [1, 2].map((outage) => ({ step: anyStep(random), count: outage * MAX_COUNT - below(random, 4) }));
      const kill = async (): Promise<void> => mortal?.kill(1);
      const recover = async (): Promise<void> => mortal?.restart(1);
      return outageRound(scenario, transport, { run: RUN, records: 600, points, kill, recover });
    }
    case 'node':
      return nodeRound({ scenario, transport, mortal, random });
    case 'storm':
      return stormRound(scenario, transport, { run: RUN, records: 1600, changes: 8, everyMs: 2000, random });
    case 'proxy': {
      const faults = Array.from({ length: 8 }, () => END_TXN_FAULTS[below(random, END_TXN_FAULTS.length)]!);
      return proxyRound(scenario, transport, { run: RUN, records: 600, faults });
    }
  }
}

async function nodeRound({ scenario, transport, mortal, random }: Stage): Promise<RoundResult> {
  const partition = below(random, scenario.partitions);
  let killed: number | undefined;
  const kill = async (): Promise<void> => {
    killed = await leaderOf(transport.brokers, { topic: scenario.output(RUN), partition });
    await mortal?.kill(killed);
  };
  const points = [{ step: anyStep(random), count: 2 + below(random, MAX_COUNT) }];
  try {
    return await outageRound(scenario, transport, { run: RUN, records: 400, points, kill, recover: async () => {} });
  } finally {
    if (killed !== undefined) await mortal?.restart(killed);
  }
}

function anyStep(random: Random): CommitStep {
  return COMMIT_STEPS[below(random, COMMIT_STEPS.length)]!;
}

function below(random: Random, limit: number): number {
  return Math.floor(random.nextUnit() * limit);
}
