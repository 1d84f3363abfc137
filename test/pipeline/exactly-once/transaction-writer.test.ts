import { describe, expect, it } from 'vitest';
import {
  type KafkaTransport,
  type TransactionalProducer,
  TransactionError,
  type TransactionFault,
} from '../../../connectors/index.ts';
import { ConnectorError } from '../../../core/index.ts';
import { COMMIT_STEPS, type WritableUnit } from '../../../pipeline/exactly-once/partition-writer.ts';
import { TransactionWriter } from '../../../pipeline/exactly-once/transaction-writer.ts';

const VERBS = ['begin', 'send', 'sendOffset', 'commit', 'abort'] as const;
type Verb = (typeof VERBS)[number];

/** A cluster with one group offset, whose producers fail where a test says so. */
class ScriptedCluster {
  committed: bigint | undefined;
  readonly written: string[] = [];
  readonly calls: string[] = [];
  /** Faults to come, by the verb that meets them. */
  readonly faults: { readonly verb: Verb; readonly fault: TransactionFault; readonly after?: boolean }[] = [];
  #opened = 0;

  readonly transport = {
    transactional: async () => this.#producer(),
  } as unknown as KafkaTransport;

  #producer(): TransactionalProducer {
    const number = ++this.#opened;
    this.calls.push(`open ${number}`);
    let values: string[] = [];
    let offset: bigint | undefined;
    const meet = async (verb: Verb, act: () => void): Promise<void> => {
      this.calls.push(verb);
      const fault = this.faults[0]?.verb === verb ? this.faults.shift() : undefined;
      if (fault === undefined || fault.after === true) act();
      if (fault !== undefined) throw new TransactionError(fault.fault, 'Expected no fault');
    };
    return {
      transactionalId: 'id',
      partitionFor: async () => 0,
      begin: () =>
        meet('begin', () => {
          values = [];
          offset = undefined;
        }),
      send: async (_, __, records) => {
        await meet('send', () => values.push(...records.map(({ value }) => String(value))));
        return 0n;
      },
      sendOffset: (place) =>
        meet('sendOffset', () => {
          offset = place.offset;
        }),
      commit: () =>
        meet('commit', () => {
          this.written.push(...values);
          this.committed = offset;
        }),
      abort: () => meet('abort', () => {}),
      close: async () => {
        this.calls.push('close');
      },
    };
  }
}

function writerOn(cluster: ScriptedCluster, steps: string[] = []): TransactionWriter {
  return new TransactionWriter({
    transport: cluster.transport,
    ...{ groupId: 'g', topic: 'in', partition: 0, transactionalId: 'id', maxRequestBytes: 1e6, outageMs: 5000 },
    committed: async () => cluster.committed,
    onStep: (step) => steps.push(step),
    log: () => {},
  });
}

function unit(from: bigint | undefined, offset: bigint): WritableUnit {
  return {
    ...{ from, offset, findings: [] },
    records: [{ topic: 'out', key: 'k', value: `up to ${offset}` }],
    writeCheckpoint: async (send) => {
      await send('state', 0, [{ key: 'p', value: `state ${offset}` }]);
    },
  };
}

const ONCE = ['up to 5', 'state 5'];

describe('TransactionWriter', () => {
  it('writes records, then state, then the offset, and commits them together', async () => {
    const [cluster, steps] = [new ScriptedCluster(), [] as string[]];
    const writer = writerOn(cluster, steps);
    await writer.open();
    await writer.write(unit(undefined, 5n));
    expect(cluster.calls).toEqual(['open 1', 'begin', 'send', 'send', 'sendOffset', 'commit']);
    expect(cluster.written).toEqual(ONCE);
    expect(steps).toEqual([...COMMIT_STEPS]);
  });

  it.each(['begin', 'send', 'sendOffset', 'commit'] as const)(
    'aborts and begins again with the same unit when %s fails and nothing counts',
    async (verb) => {
      const cluster = new ScriptedCluster();
      cluster.faults.push({ verb, fault: 'abortable' });
      const writer = writerOn(cluster);
      await writer.write(unit(undefined, 5n));
      expect(cluster.written).toEqual(ONCE);
      expect(cluster.calls.filter((call) => call.startsWith('open'))).toEqual(['open 1']);
      expect(cluster.calls).toContain('abort');
    },
  );

  it.each(VERBS.filter((verb) => verb !== 'abort'))(
    'takes a new producer and writes again when it is open whether %s did anything, and it did not',
    async (verb) => {
      const cluster = new ScriptedCluster();
      cluster.faults.push({ verb, fault: 'indefinite' });
      const writer = writerOn(cluster);
      await writer.write(unit(undefined, 5n));
      expect(cluster.written).toEqual(ONCE);
      expect(cluster.calls.filter((call) => call.startsWith('open'))).toEqual(['open 1', 'open 2']);
    },
  );

  it('writes nothing twice when the commit did count although its answer was lost', async () => {
    const cluster = new ScriptedCluster();
    cluster.faults.push({ verb: 'commit', fault: 'indefinite', after: true });
    const writer = writerOn(cluster);
    await writer.write(unit(undefined, 5n));
    expect(cluster.written).toEqual(ONCE);
    await writer.write(unit(5n, 9n));
    expect(cluster.written).toEqual([...ONCE, 'up to 9', 'state 9']);
  });

  it('takes a new producer when the abort itself fails', async () => {
    const cluster = new ScriptedCluster();
    cluster.faults.push({ verb: 'send', fault: 'abortable' }, { verb: 'abort', fault: 'indefinite' });
    const writer = writerOn(cluster);
    await writer.write(unit(undefined, 5n));
    expect(cluster.written).toEqual(ONCE);
    expect(cluster.calls).toContain('open 2');
  });

  it('is fenced when another process has committed a different place meanwhile', async () => {
    const cluster = new ScriptedCluster();
    cluster.committed = 3n;
    cluster.faults.push({ verb: 'commit', fault: 'indefinite' });
    const writer = writerOn(cluster);
    await expect(writer.write(unit(undefined, 5n))).rejects.toMatchObject({ code: 'TRANSACTION_FENCED' });
    expect(cluster.written).toEqual([]);
  });

  it.each(['fenced', 'fatal'] as const)('gives up at once when it is %s', async (fault) => {
    const cluster = new ScriptedCluster();
    cluster.faults.push({ verb: 'sendOffset', fault });
    const writer = writerOn(cluster);
    await expect(writer.write(unit(undefined, 5n))).rejects.toMatchObject({ fault });
    expect(cluster.calls).toEqual(['open 1', 'begin', 'send', 'send', 'sendOffset']);
  });

  it('tries to open a producer until the brokers answer', async () => {
    const cluster = new ScriptedCluster();
    let refusals = 2;
    const transport = {
      transactional: async () => {
        if (refusals-- > 0)
          throw new ConnectorError('CONNECTOR_UNREACHABLE', 'Expected an answer', { retryable: true });
        return cluster.transport.transactional({ transactionalId: 'id' });
      },
    } as unknown as KafkaTransport;
    const writer = new TransactionWriter({
      ...{ transport, groupId: 'g', topic: 'in', partition: 0, transactionalId: 'id', maxRequestBytes: 1e6 },
      ...{ outageMs: 5000, committed: async () => cluster.committed, onStep: () => {}, log: () => {} },
    });
    await writer.open();
    await writer.write(unit(undefined, 5n));
    expect(cluster.written).toEqual(ONCE);
  });
});
