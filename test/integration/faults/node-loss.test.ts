import { expect, it } from 'vitest';
import { leaderOf } from '../../../bench/faults/leader-of.ts';
import { outageRound } from '../../../bench/faults/outage-round.ts';
import { unfailedRun } from '../../../bench/faults/run-end.ts';
import { spreadSend } from '../../../bench/faults/spread-send.ts';
import type { Verdict } from '../../../bench/faults/verdict.ts';
import { startCluster } from '../../../scripts/broker.mjs';
import { expectExact, openScenario } from './fault-setup.ts';
import { describeWithOwnBrokers } from './own-brokers.ts';

describeWithOwnBrokers('One broker of three that is killed in a transaction', startCluster, (own) => {
  it('costs nothing while it is away, nor when it is back', async (context) => {
    const { brokers, transport } = own(context);
    const scenario = await openScenario(transport);
    let killed = 0;
    const { committed, faults } = await outageRound(scenario, transport, {
      ...{ run: 'outage', records: 400, points: [{ step: 'commit', count: 3 }] },
      kill: async () => {
        killed = await leaderOf(transport.brokers, { topic: scenario.output('outage'), partition: 0 });
        await brokers.kill(killed);
      },
      recover: async () => {},
    }).finally(() => brokers.restart(killed));
    expect(faults).toBe(1);
    expectExact(await unfailedRun(scenario, transport), committed);
  }, 240_000);

  it('keeps no new client away', async (context) => {
    const { brokers, transport } = own(context);
    await brokers.kill(2);
    try {
      // Which node a client turns to first is chance, so several times.
      for (let i = 0; i < 6; i++) {
        await (await transport.producer()).close();
        await (await transport.transactional({ transactionalId: `new-${i}` })).close();
        await (await transport.admin()).close();
      }
    } finally {
      await brokers.restart(2);
    }
  }, 120_000);

  it('is why a request carries records of one partition: the client repeats those of the others', async (context) => {
    const { brokers: cluster, transport } = own(context);
    const write = (requests: 'single' | 'spread', node: number): Promise<Verdict> =>
      spreadSend({ topic: `${requests}-${node}-${Date.now()}`, transport, cluster, node, requests });
    expect(await write('single', 1)).toMatchObject({ isIdentical: true, got: 720 });
    let duplicated = 0;
    for (let node = 2; node <= 4 && duplicated === 0; node++) ({ duplicated } = await write('spread', 1 + (node % 3)));
    expect(duplicated).toBeGreaterThan(0);
  }, 240_000);
});
