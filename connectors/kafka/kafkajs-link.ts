import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, Kafka, LogEntry, RetryOptions } from 'kafkajs';
import { ConnectorError } from '../../core/index.ts';
import type { CheckedConnection, KafkaLogLevel } from './connection.ts';
import { loggedAnswer, toConnectorError } from './kafka-error.ts';
import { requireReachable, withinTime } from './reachable.ts';
import { tlsOptions } from './tls.ts';

/** Retries of one connection: about 2 s. The parts of the client retry on top of this, each in its own measure. */
const CONNECT_RETRY: RetryOptions = { initialRetryTime: 50, factor: 0.2, multiplier: 2, maxRetryTime: 500, retries: 5 };
const REQUEST_TIMEOUT_MS = 30_000;
const FAREWELL_MS = 5000;

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
  #isCut = false;
  #logged: string | undefined;

  constructor(library: Library, connection: CheckedConnection) {
    this.library = library;
    this.connection = connection;
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
      logCreator: () => (entry) => {
        this.#logged = loggedAnswer(entry.log.error) ?? this.#logged;
        forwardLog(connection, entry);
      },
    });
  }

  /** What the brokers answered last to the search for a coordinator, which the client itself does not tell. */
  get logged(): string | undefined {
    return this.#logged;
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
    const { brokers, connectTimeoutMs, sasl } = this.connection;
    const started = performance.now();
    try {
      await requireReachable(brokers, connectTimeoutMs);
      const timeoutMs = Math.max(100, Math.ceil(connectTimeoutMs - (performance.now() - started)));
      await withinTime(part.connect(), { brokers, timeoutMs });
    } catch (error) {
      this.cut();
      const action = sasl === undefined ? 'accept a client' : `accept user ${sasl.username} (${sasl.mechanism})`;
      throw toConnectorError(error, { brokers, action });
    }
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

/** The client calls errors what its next retry mends, so they come as warnings; what stays broken is thrown. */
function forwardLog({ log }: CheckedConnection, { level, log: entry }: LogEntry): void {
  const { message, timestamp: _, stack: __, ...fields } = entry;
  const name: KafkaLogLevel = level <= 2 ? 'warn' : level === 4 ? 'info' : 'debug';
  log(name, message, fields);
}
