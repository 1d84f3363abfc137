import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { embeddedBroker, ensureTopics, type KafkaTransport, kafkajsTransport } from '../../../connectors/index.ts';
import { requirePipeline, runPipeline } from '../../../pipeline/index.ts';
import { eventually } from '../../checks/eventually.ts';
import { authority } from '../../connectors/kafka/certificate.ts';
import { KafkaRun, sendRows, untilCommitted } from '../cli/kafka-run.ts';
import { longwave } from '../cli/run-command.ts';
import { describeWithOwnBrokers } from '../faults/own-brokers.ts';
import { readRange, text } from './harness.ts';
import { adminTransport, passwordOf, type Secured, startSecured } from './secured-broker.ts';
import { connectionOf, file, folder, pipeline, prepare, SECURED } from './secured-pipeline.ts';

describeWithOwnBrokers('A broker with TLS, SCRAM and ACLs', startSecured, (own) => {
  let prepared: Promise<Secured> | undefined;
  /** The broker with its input and the rights of all users. */
  const secured = (context: TestContext): Promise<Secured> => {
    prepared ??= prepare(own(context).brokers);
    return prepared;
  };

  it('runs a pipeline exactly once with the least rights: the bytes of a run without a cluster', async (context) => {
    const broker = await secured(context);
    const admin = await adminTransport(broker);
    const run = new KafkaRun(file('pipeline.yaml', pipeline(connectionOf(broker))));
    await untilCommitted(run, admin, SECURED.input, BigInt(SECURED.records));
    expect((await run.stop()).code).toBe(0);

    expect(await outputOf(admin)).toEqual(await unsecuredOutput());
  }, 60_000);

  it('shows and resets the state of that pipeline with the same rights, also by a certificate alone', async (context) => {
    const broker = await secured(context);
    const { cert, key } = broker.client;
    const ssl = { caPath: file('ca.pem', broker.authority.cert) };
    const certificate = { certPath: file('client.pem', cert), keyPath: file('client.key', key) };
    for (const connection of [connectionOf(broker), { brokers: [broker.mutual], ssl: { ...ssl, ...certificate } }]) {
      const { code, stdout, stderr } = await longwave(['state', 'ls', file('ls.yaml', pipeline(connection)), '--json']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ partition: 0, committed: String(SECURED.records), streams: 1 });
    }
    const reset = await longwave(['state', 'reset', join(folder(), 'ls.yaml'), '--yes', '--json']);
    expect(reset).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(reset.stdout)).toMatchObject({ partition: 0, streams: 1, done: true });
  });

  interface Refusal {
    readonly what: string;
    readonly connection: (broker: Secured) => object;
    readonly code: string;
    readonly says: RegExp;
  }
  const login = (password: string) => ({ mechanism: 'scram-sha-256', username: 'worker', password });
  it.concurrent.for<Refusal>([
    {
      what: 'a wrong password',
      connection: (broker) => ({ ...connectionOf(broker), sasl: login('a wrong secret') }),
      code: 'CONNECTOR_FAILED',
      says: /to accept user worker \(scram-sha-256\), got: .*invalid credentials/,
    },
    {
      what: 'a transactional id without a right',
      connection: (broker) => connectionOf(broker, 'no-transaction'),
      code: 'TRANSACTION_FATAL',
      says: /to give transactional id secured\.g-rows\.rows\.0 .*\(TRANSACTIONAL_ID_AUTHORIZATION_FAILED\)/,
    },
    {
      what: 'an output topic without a right',
      connection: (broker) => connectionOf(broker, 'no-output'),
      code: 'CONNECTOR_FAILED',
      says: /to let user no-output describe topic judged, got: .*\(TOPIC_AUTHORIZATION_FAILED\)/,
    },
    {
      what: 'an input topic without a right',
      connection: (broker) => connectionOf(broker, 'no-input'),
      code: 'CONNECTOR_FAILED',
      says: /to let user no-input describe topic rows, got: .*\(TOPIC_AUTHORIZATION_FAILED\)/,
    },
    {
      what: 'a group without a right',
      connection: (broker) => connectionOf(broker, 'no-group'),
      code: 'CONNECTOR_FAILED',
      says: /group g-rows.*\(GROUP_AUTHORIZATION_FAILED\)/,
    },
    {
      what: 'an expired certificate',
      connection: (broker) => ({ ...connectionOf(broker), brokers: [broker.expired] }),
      code: 'CONNECTOR_FAILED',
      says: /to accept user worker .*certificate has expired \(CERT_HAS_EXPIRED\)/,
    },
    {
      what: 'an unknown authority',
      connection: (broker) => ({
        ...connectionOf(broker),
        ssl: { caPath: file('other.pem', authority('other').cert) },
      }),
      code: 'CONNECTOR_FAILED',
      says: /to accept user worker .*\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/,
    },
    {
      what: 'a client without TLS',
      connection: (broker) => ({ brokers: [broker.brokers], sasl: login(passwordOf('worker')) }),
      code: 'CONNECTOR_FAILED',
      says: /to accept a client without TLS, it asks for TLS: set `ssl`/,
    },
    {
      what: 'a client without a login',
      connection: (broker) => ({ ...connectionOf(broker), sasl: undefined }),
      code: 'CONNECTOR_FAILED',
      says: /to accept a client without a login, it asks for one: set `sasl`/,
    },
    {
      what: 'a client without its certificate',
      connection: (broker) => ({ ...connectionOf(broker), sasl: undefined, brokers: [broker.mutual] }),
      code: 'CONNECTOR_FAILED',
      says: /to accept a client, got: .*bad certificate \(ERR_SSL_/,
    },
  ])('ends a run with one line about $what', { timeout: 40_000 }, async ({ connection, code, says }, context) => {
    const broker = await secured(context);
    await expectRefusal(connection(broker), { code, says });
  });

  it('ends a run with one line about an output topic that may be seen but not written', async (context) => {
    const broker = await secured(context);
    await sendRows(await adminTransport(broker), SECURED.input, { from: 10 * SECURED.records, records: 1 });
    await expectRefusal(connectionOf(broker, 'only-sees-output'), {
      code: 'TRANSACTION_FATAL',
      says: /to take 10 records of secured\.g-rows\.rows\.0 for topic judged.*\(TOPIC_AUTHORIZATION_FAILED\)/,
    });
  }, 20_000);

  it('takes a password in clear over TLS too', async (context) => {
    const { brokers, authority: ca } = await secured(context);
    const sasl = { mechanism: 'plain', username: 'worker', password: passwordOf('worker') } as const;
    const admin = await (await kafkajsTransport({ brokers, ssl: { ca: ca.cert }, sasl })).admin();
    expect(await admin.partitionCounts([SECURED.input])).toEqual(new Map([[SECURED.input, 1]]));
    await admin.close();
  });
});

let files = 0;

/** A run that ends with one line, without a secret, a stack or a word of the client's own. */
async function expectRefusal(
  connection: object,
  { code, says }: { readonly code: string; readonly says: RegExp },
): Promise<void> {
  const result = await longwave(['run', file(`refused-${++files}.yaml`, pipeline(connection))]);
  const lines = result.stderr.trimEnd().split('\n');
  const told = lines.filter((line) => !line.startsWith('{'));
  expect(told).toEqual([expect.stringMatching(says)]);
  expect(told[0]).toMatch(/^longwave: Expected /);
  expect(told[0]).toContain(`[${code}]`);
  expect(result.code).toBe(4);
  expect(lines.filter((line) => line.includes('"logger":"kafkajs"'))).toEqual([]);
  expect(result.stderr + result.stdout).not.toContain('secret');
}

async function outputOf(transport: KafkaTransport): Promise<string[]> {
  const records = await readRange(transport, { topic: SECURED.output, partition: 0 });
  return records.map(({ value, headers }) => `${text(headers.get('ce_id'))} ${text(value)}`);
}

/** What the same pipeline writes where nothing is secured. */
async function unsecuredOutput(): Promise<string[]> {
  const transport = embeddedBroker().transport();
  await ensureTopics(transport, [{ topic: SECURED.input }], { create: true });
  await sendRows(transport, SECURED.input, { from: 0, records: SECURED.records });
  const stop = new AbortController();
  const config = requirePipeline(pipeline({ brokers: ['localhost:1'] }), 'pipeline.yaml');
  const run = runPipeline(config, { transport, signal: stop.signal });
  const admin = await transport.admin();
  await eventually(
    'all rows',
    async () => (await admin.committed(SECURED.groupId, SECURED.input)).get(0) === BigInt(SECURED.records),
  );
  stop.abort();
  await run;
  return outputOf(transport);
}
