import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { kafkajsTransport } from '../../../connectors/kafka/index.ts';
import { authority } from './certificate.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function listen(server: Server): Promise<string> {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as { port: number }).port}`));
  });
}

/** Answers a login, as a broker does on a listener with or without one, and closes on anything else. */
function speaksKafka(errorCode: number) {
  return (socket: import('node:net').Socket): void => {
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      const isLogin = bytes.length > 12 && bytes.readInt16BE(4) === 17;
      if (!isLogin) return void socket.destroy();
      const answer = Buffer.alloc(14);
      answer.writeInt32BE(10, 0);
      answer.writeInt32BE(bytes.readInt32BE(8), 4);
      answer.writeInt16BE(errorCode, 8);
      socket.write(answer);
    });
  };
}

const NO_LOGIN = 34; // ILLEGAL_SASL_STATE
const ca = authority('test');
const tls = ca.issue(['127.0.0.1']);
const sasl = { mechanism: 'plain', username: 'u', password: 'p' } as const;

it.each([
  [
    'TLS where none is spoken',
    () => createServer(speaksKafka(NO_LOGIN)),
    { ssl: true },
    'TLS, it speaks without: leave `ssl` out',
  ],
  [
    'no TLS where it is spoken',
    () => createTlsServer(tls, speaksKafka(NO_LOGIN)).on('tlsClientError', () => {}),
    {},
    'a client without TLS, it asks for TLS: set `ssl`',
  ],
  [
    'neither TLS nor login where both are wanted',
    () => createTlsServer(tls, speaksKafka(0)).on('tlsClientError', () => {}),
    {},
    'a client without TLS, it asks for TLS: set `ssl`; and a client without a login, it asks for one: set `sasl`',
  ],
])('%s is one final error that names the setting', async (_, server, settings, says) => {
  const brokers = await listen(server());
  const transport = await kafkajsTransport({ brokers, ...settings });
  await expect(transport.admin()).rejects.toMatchObject({
    code: 'CONNECTOR_FAILED',
    retryable: false,
    message: `Expected the Kafka broker ${brokers} to accept ${says}`,
  });
});

it('a listener that fits, or speaks something else, is no reason to doubt the settings', async () => {
  const fits = await listen(createServer(speaksKafka(0)));
  const noise = await listen(
    createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n')),
  );
  for (const brokers of [fits, noise]) {
    const transport = await kafkajsTransport({ brokers, sasl, connectTimeoutMs: 600 });
    await expect(transport.admin()).rejects.toMatchObject({ code: 'CONNECTOR_UNREACHABLE', retryable: true });
  }
});
