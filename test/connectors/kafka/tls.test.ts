import { createServer as createTcpServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { type KafkaConnection, kafkajsTransport } from '../../../connectors/kafka/index.ts';
import { ConfigError } from '../../../core/index.ts';
import { selfSigned } from './certificate.ts';

const good = selfSigned('broker.test', new Date('2040-01-01'));
const other = selfSigned('broker.test', new Date('2040-01-01'));
const expired = selfSigned('broker.test', new Date('2021-01-01'));
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The address of a server that speaks TLS and nothing else. */
function tlsServer(own: { cert: string; key: string }): Promise<string> {
  return listen(
    createTlsServer(own, (socket) => socket.on('error', () => {}).destroy()).on('tlsClientError', () => {}),
  );
}

function listen(server: Server): Promise<string> {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as { port: number }).port}`));
  });
}

it.each([
  ['expired', () => tlsServer(expired), { ca: expired.cert }, 'CERT_HAS_EXPIRED'],
  ['of an authority that is not believed', () => tlsServer(good), true, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  [
    'of another host',
    () => tlsServer(good),
    { ca: good.cert, serverName: 'else.test' },
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
])('a certificate %s is one final error that names it', async (_, server, ssl, code) => {
  const brokers = await server();
  const transport = await kafkajsTransport({ brokers, ssl });
  const error = { code: 'CONNECTOR_FAILED', retryable: false, message: expect.stringContaining(`(${code})`) };
  await expect(transport.admin()).rejects.toMatchObject(error);
});

it('a certificate that is refused ends a transactional producer for good', async () => {
  const transport = await kafkajsTransport({ brokers: await tlsServer(expired), ssl: { ca: expired.cert } });
  const error = { fault: 'fatal', retryable: false, message: expect.stringContaining('(CERT_HAS_EXPIRED)') };
  await expect(transport.transactional({ transactionalId: 'x' })).rejects.toMatchObject(error);
});

it('TLS to a port without it is one final error', async () => {
  const brokers = await listen(createTcpServer((socket) => socket.on('error', () => {}).end('no TLS here\n')));
  const transport = await kafkajsTransport({ brokers, ssl: true });
  await expect(transport.admin()).rejects.toMatchObject({
    code: 'CONNECTOR_FAILED',
    retryable: false,
    message: expect.stringMatching(/ERR_SSL_|EPROTO/),
  });
});

it('the name that a certificate must carry may be given', async () => {
  const brokers = await tlsServer(good);
  const transport = await kafkajsTransport({
    brokers,
    ssl: { ...good, ca: good.cert, serverName: 'broker.test' },
    connectTimeoutMs: 500,
  });
  await expect(transport.admin()).rejects.toMatchObject({ code: 'CONNECTOR_UNREACHABLE' }); // only Kafka is missing
});

it.each<[KafkaConnection['ssl'], string]>([
  [{ ca: '' }, '`ssl.ca` to be a text'],
  [{ ca: 7 as never }, '`ssl.ca` to be a text, got "number"'],
  [{ ca: '/etc/ca.pem' }, '`ssl.ca` to be a PEM text'],
  [{ cert: good.cert }, '`ssl.cert` and `ssl.key` together, got `ssl.cert` alone'],
  [{ key: good.key }, '`ssl.cert` and `ssl.key` together, got `ssl.key` alone'],
  [{ cert: good.cert, key: other.key }, '`ssl` to hold PEM texts that fit together'],
  [{ ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }, '`ssl` to hold PEM texts'],
])('settings %# of TLS are refused at once', async (ssl, message) => {
  const made = kafkajsTransport({ brokers: 'a:1', ...(ssl === undefined ? {} : { ssl }) });
  await expect(made).rejects.toBeInstanceOf(ConfigError);
  await expect(made).rejects.toThrow(message);
});
