import { expect, it } from 'vitest';
import { outageRound } from '../../../bench/faults/outage-round.ts';
import { unfailedRun } from '../../../bench/faults/run-end.ts';
import { startBroker } from '../../../scripts/broker.mjs';
import { expectExact, openScenario } from './fault-setup.ts';
import { describeWithOwnBrokers } from './own-brokers.ts';

describeWithOwnBrokers('A broker that is killed in a transaction and comes back', startBroker, (own) => {
  it('costs nothing, and the worker goes on by itself', async (context) => {
    const { brokers, transport } = own(context);
    const scenario = await openScenario(transport);
    const points = [
      { step: 'checkpoint' as const, count: 2 },
      { step: 'commit' as const, count: 6 },
    ];
    const { committed, faults } = await outageRound(scenario, transport, {
      ...{ run: 'outage', records: 400, points },
      kill: () => brokers.kill(),
      recover: () => brokers.restart(),
    });
    expect(faults).toBe(points.length);
    expectExact(await unfailedRun(scenario, transport), committed);
  }, 240_000);
});
