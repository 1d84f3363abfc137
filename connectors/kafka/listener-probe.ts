import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectorError } from '../../core/index.ts';
import { type CheckedConnection, splitHostPort } from './connection.ts';

const TIMEOUT_MS = 2000;
/** `ILLEGAL_SASL_STATE`: what a listener that wants no login answers to one. */
const NO_LOGIN = 34;
/** SaslHandshake, version 1, correlation id 1, no client id, mechanism PLAIN: tells no secret, changes nothing. */
const HANDSHAKE = Buffer.from('000000110011000100000001ffff0005504c41494e', 'hex');
const MAX_ANSWER_BYTES = 4096;

/** How a listener of a broker wants to be spoken to. */
interface Listener {
  readonly tls: boolean;
  readonly login: boolean;
}

/**
 * Looks for a difference between a connection's settings and what its brokers speak. They do not say it themselves: a listener
 * that gets TLS or a login unasked, or does not get it, closes the connection, which looks like a broker that is gone.
 * @returns an error that names the setting, `undefined` where none is found
 */
export async function findMismatch(connection: CheckedConnection): Promise<ConnectorError | undefined> {
  const { brokers, ssl, sasl } = connection;
  for (const broker of brokers) {
    const listener = (await probe(broker, false)) ?? (await probe(broker, true));
    if (listener === undefined) continue;
    const faults: string[] = [];
    if (listener.tls && ssl === false) faults.push('a client without TLS, it asks for TLS: set `ssl`');
    if (!listener.tls && ssl !== false) faults.push('TLS, it speaks without: leave `ssl` out');
    if (listener.login && sasl === undefined) faults.push('a client without a login, it asks for one: set `sasl`');
    if (!listener.login && sasl !== undefined) faults.push('a login, it knows of none: leave `sasl` out');
    if (faults.length === 0) return undefined;
    const message = `Expected the Kafka broker ${broker} to accept ${faults.join('; and ')}`;
    return new ConnectorError('CONNECTOR_FAILED', message);
  }
  return undefined;
}

function probe(broker: string, tls: boolean): Promise<Listener | undefined> {
  const { host, port } = splitHostPort(broker);
  return new Promise((resolve) => {
    const open = (): void => void socket.write(HANDSHAKE);
    const servername = isIP(host) === 0 ? { servername: host } : {};
    // Nothing that matters is sent or believed here, so the certificate may be any.
    const socket: Socket = tls
      ? connectTls({ host, port, ...servername, rejectUnauthorized: false }, open)
      : connectTcp({ host, port }, open);
    let answer = Buffer.alloc(0);
    const end = (listener?: Listener): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(listener);
    };
    const timer = setTimeout(end, TIMEOUT_MS);
    socket.once('error', () => end());
    socket.once('close', () => end());
    socket.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes]);
      // length, correlation id, error code
      if (answer.length >= 10) {
        const isKafka = answer.readInt32BE(0) <= MAX_ANSWER_BYTES && answer.readInt32BE(4) === 1;
        end(isKafka ? { tls, login: answer.readInt16BE(8) !== NO_LOGIN } : undefined);
      }
    });
  });
}
