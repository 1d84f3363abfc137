import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isCommitted, unfailedRun } from '../../../bench/faults/run-end.ts';
import { readCommitted } from '../../../bench/faults/verdict.ts';
import { WorkerProcess } from '../../../bench/faults/worker-process.ts';
import { describeWithBroker, eventually, testTransport } from '../kafka/broker-setup.ts';
import { expectExact, openScenario } from './fault-setup.ts';

const JUMPING = fileURLToPath(new URL('./jumping-clock.mjs', import.meta.url));
const RECORDS = 200;

describeWithBroker('A worker whose clock jumps by an hour, ahead and back', () => {
  it('leaves the output of one whose clock is right, over a kill, and ends no stream', async () => {
    const transport = await testTransport();
    const checkpoint = 'commitMs: 20, snapshotMs: 300, graceMs: 2000, idleMs: 60000';
    const scenario = await openScenario(transport, { checkpoint });
    const pipeline = scenario.pipeline('jumping');
    let worker = new WorkerProcess(pipeline, { program: JUMPING });
    /** A client that takes the jump for a time-out may end a run, but says so. */
    const goOn = async (): Promise<void> => {
      if (worker.isRunning) return;
      const { signal } = await worker.ended;
      if (signal === null) expect(worker.events('failed')).toMatchObject([{ code: 'CONNECTOR_UNREACHABLE' }]);
      worker = new WorkerProcess(pipeline, { program: JUMPING });
    };
    const isDone = async (): Promise<boolean> => {
      await goOn();
      return isCommitted(scenario, transport, 'jumping');
    };
    try {
      while (scenario.sent < RECORDS) {
        await scenario.send(RECORDS / 4);
        await eventually('the records to be committed', isDone, 60_000);
        if (scenario.sent === RECORDS / 2) worker.signal('SIGKILL');
      }
    } finally {
      await worker.stop();
    }
    const got = await readCommitted(transport, scenario.output('jumping'));
    expectExact(await unfailedRun(scenario, transport), got);
  }, 120_000);
});
