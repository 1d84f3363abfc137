import type { KafkaTransport } from '../../connectors/index.ts';
import { BrokerProxy, type EndTxnFault } from './broker-proxy.ts';
import { type Round, type RoundResult, sendUntil, untilCommitted } from './run-end.ts';
import type { Scenario } from './scenario.ts';
import { readCommitted } from './verdict.ts';
import { WorkerProcess } from './worker-process.ts';

/** Every so manieth commit has a fault. */
const EVERY = 3;

/** Options of a {@link proxyRound}. */
export interface ProxyRound extends Round {
  readonly faults: readonly EndTxnFault[];
}

/** What a {@link proxyRound} came to. */
export interface ProxyResult extends RoundResult {
  /** What the brokers answered to requests that came late: error codes of the Kafka protocol. */
  readonly lateAnswers: readonly number[];
}

/** Lets a worker reach the brokers, which are on this machine, through a proxy that spoils the ends of its transactions. */
export async function proxyRound(
  scenario: Scenario,
  transport: KafkaTransport,
  { run, records, faults }: ProxyRound,
): Promise<ProxyResult> {
  const proxy = new BrokerProxy(faults, EVERY);
  const worker = new WorkerProcess(scenario.pipeline(run, await proxy.open(transport.brokers)));
  const target = scenario.sent + records;
  const isDone = (): boolean => scenario.sent >= target && proxy.isDone;
  try {
    await sendUntil(scenario, { run, worker, target, isDone });
    await untilCommitted(scenario, transport, { run, workers: [worker] });
  } finally {
    await worker.stop();
    await proxy.close();
  }
  const committed = await readCommitted(transport, scenario.output(run));
  return { committed, faults: proxy.done.length, lateAnswers: proxy.lateAnswers };
}
