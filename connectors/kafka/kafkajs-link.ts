import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, Kafka, RetryOptions } from 'kafkajs';
import { ConnectorError, LongwaveError } from '../../core/index.ts';
import type { CheckedConnection } from './connection.ts';
import { readClientError, toConnectorError } from './kafka-error.ts';
import { KafkajsLog } from './kafkajs-log.ts';
import { findMismatch } from './listener-probe.ts';
import { requireReachable, withinTime } from './reachable.ts';
import { tlsOptions } from './tls.ts';

/** Retries of one connection: about 2 s. The parts of the client retry on top of this, each in its own measure. */
const CONNECT_RETRY: RetryOptions = { initialRetryTime: 50, factor: 0.2, multiplier: 2, maxRetryTime: 500, retries: 5 };
const REQUEST_TIMEOUT_MS = 30_000;
const FAREWELL_MS = 5000;
const CONNECT_PAUSE_MS = 250;

type Library = typeof import('kafkajs');

/** The socket factory's answer once a link is cut; `retriable` is what the client looks at. */
class LinkCutError extends ConnectorError {
  readonly retriable = false;

  constructor() {
    super('CONNECTOR_UNREACHABLE', 'Expected an open link to the Kafka brokers, it has been given up');
  }
}

/**
 * A kafkajs client whose sockets are ours. The client cannot be told to stop retrying; cutting its sockets and
 * refusing new ones ends what it is at, so that nothing is written after its caller was told of a failure.
 */
export class KafkajsLink {
  readonly client: Kafka;
  readonly library: Library;
  readonly connection: CheckedConnection;
  readonly #sockets = new Set<Socket>();
  readonly #log: KafkajsLog;
  #isCut = false;

  constructor(library: Library, connection: CheckedConnection) {
    this.library = library;
    this.connection = connection;
    this.#log = new KafkajsLog(connection.log);
    this.client = new library.Kafka({
      brokers: [...connection.brokers],
      clientId: connection.clientId,
      ssl: tlsOptions(connection.ssl),
      ...(connection.sasl === undefined ? {} : { sasl: { ...connection.sasl } as never }),
      connectionTimeout: Math.min(connection.connectTimeoutMs, 5000),
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: CONNECT_RETRY,
      socketFactory: (socket) => this.#openSocket(socket),
      logLevel: library.logLevel.INFO,
      logCreator: () => (entry) => this.#log.take(entry),
    });
  }

  /** What the brokers answered last to the search for a coordinator, which the client itself does not tell. */
  get logged(): string | undefined {
    return this.#log.answer;
  }

  /** See {@link cut}. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /**
   * Connects a part of the client within the connection's time.
   * @throws ConnectorError `CONNECTOR_UNREACHABLE`, `CONNECTOR_FAILED`; the link is then cut
   */
  async connect(part: { connect(): Promise<void> }): Promise<void> {
    try {
      await this.#log.during(this.#connect(part));
    } catch (error) {
      this.cut();
      throw error;
    }
  }

  async #connect(part: { connect(): Promise<void> }): Promise<void> {
    const { brokers, connectTimeoutMs, sasl } = this.connection;
    const started = performance.now();
    await requireReachable(brokers, connectTimeoutMs);
    const timeoutMs = Math.max(100, Math.ceil(connectTimeoutMs - (performance.now() - started)));
    try {
      await withinTime(this.#connectAgain(part, performance.now() + timeoutMs), { brokers, timeoutMs });
    } catch (error) {
      const action = sasl === undefined ? 'accept a client' : `accept user ${sasl.username} (${sasl.mechanism})`;
      throw (await this.mismatch(error)) ?? toConnectorError(error, { brokers, action });
    }
  }

  /** The client gives up when the one node that it has chosen is down, though others of the cluster are at work. */
  async #connectAgain(part: { connect(): Promise<void> }, deadline: number): Promise<void> {
    for (;;) {
      try {
        return await part.connect();
      } catch (error) {
        const isPassing = readClientError(error).kind === 'unreachable' && !this.#isCut;
        const isLate = performance.now() + CONNECT_PAUSE_MS >= deadline;
        if (!isPassing || isLate || (await this.mismatch(error)) !== undefined) throw error;
      }
      await pause(CONNECT_PAUSE_MS);
    }
  }

  /** What is wrong with the connection's settings, where that may be why the client failed. */
  async mismatch(error: unknown): Promise<LongwaveError | undefined> {
    if (error instanceof LongwaveError) return undefined;
    const { kind, type } = readClientError(error);
    return kind === 'unreachable' || type === 'ILLEGAL_SASL_STATE' ? findMismatch(this.connection) : undefined;
  }

  /** Lets a part take its leave of the brokers, for at most 5 s, and cuts the link. */
  async disconnect(...parts: readonly { disconnect(): Promise<void> }[]): Promise<void> {
    const { brokers } = this.connection;
    const farewells = Promise.allSettled(parts.map((part) => part.disconnect()));
    await withinTime(farewells, { brokers, timeoutMs: FAREWELL_MS }).catch(() => {}); // gone brokers need no farewell
    this.cut();
  }

  /** Ends all connections at once and for good. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #openSocket({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
    if (this.#isCut) throw new LinkCutError();
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = ssl
      ? connectTls({ host, port, ...servername, ...(ssl as object) }, onConnect)
      : connectTcp({ host, port }, onConnect);
    socket.setKeepAlive(true, 60_000);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
