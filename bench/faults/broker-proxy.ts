import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  API,
  correlationOf,
  endTxnError,
  FrameSplitter,
  hideCoordinator,
  portPlaces,
  type RequestHead,
  readRequestHead,
} from './wire-frames.ts';

const SLOW_MS = 1000;

/**
 * What becomes of a request to end a transaction.
 *
 * - `lost`: it never comes to the broker, the client's connection is cut
 * - `unanswered`: the broker does it, the connection is cut instead of an answer
 * - `late`: the connection is cut, and the request comes to the broker in the middle of the next transaction of the same id
 * - `slow`: the answer takes a second
 */
export const END_TXN_FAULTS = ['lost', 'unanswered', 'late', 'slow'] as const;

/** One of {@link END_TXN_FAULTS}. */
export type EndTxnFault = (typeof END_TXN_FAULTS)[number];

interface Late {
  readonly frame: Buffer;
  readonly correlationId: number;
  readonly upstream: Socket;
  readonly answered: Promise<number>;
}

/** Stands between a worker and brokers of this machine, and does its faults to every so manieth EndTxn. */
export class BrokerProxy {
  /** Whether answers to the search for a coordinator say that none is available, as those of a broker that is starting do. */
  hidesCoordinators = false;
  /** Faults done so far. */
  readonly done: EndTxnFault[] = [];
  /** What the broker answered to requests that came late: error codes of the Kafka protocol. */
  readonly lateAnswers: number[] = [];
  readonly #faults: EndTxnFault[];
  readonly #every: number;
  readonly #servers = new Map<number, Promise<Server>>();
  readonly #sockets = new Set<Socket>();
  readonly #late = new Map<string, Late>();
  #ends = 0;

  /** @param every a fault for every so manieth EndTxn, until all are done */
  constructor(faults: readonly EndTxnFault[], every: number) {
    this.#faults = [...faults];
    this.#every = every;
  }

  /** All faults are done and nothing is held back. */
  get isDone(): boolean {
    return this.#faults.length === 0 && this.#late.size === 0;
  }

  /** The way to brokers through here. */
  open(brokers: readonly string[]): Promise<string[]> {
    const ports = brokers.map((broker) => Number(broker.slice(broker.lastIndexOf(':') + 1)));
    return Promise.all(ports.map(async (port) => `127.0.0.1:${await this.#portFor(port)}`));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers.values()) (await server).close();
  }

  /** The port here that leads to one of the broker's. */
  async #portFor(target: number): Promise<number> {
    let opening = this.#servers.get(target);
    if (opening === undefined) {
      const server = createServer({ noDelay: true }, (client) => this.#serve(client, target));
      opening = once(server.listen(0, '127.0.0.1'), 'listening').then(() => server);
      this.#servers.set(target, opening);
    }
    return ((await opening).address() as AddressInfo).port;
  }

  #serve(client: Socket, target: number): void {
    const upstream = connect({ host: '127.0.0.1', port: target, noDelay: true });
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
    }
    new ProxiedConnection({
      client,
      upstream,
      onEndTxn: () => this.#nextFault(),
      onLate: (id, late) => this.#late.set(id, late),
      onProduced: (id) => this.#deliver(id),
      portFor: (port) => this.#portFor(port),
      hidesCoordinators: () => this.hidesCoordinators,
    });
  }

  #nextFault(): EndTxnFault | undefined {
    this.#ends += 1;
    if (this.#ends % this.#every !== 0) return undefined;
    const fault = this.#faults.shift();
    if (fault !== undefined) this.done.push(fault);
    return fault;
  }

  /** Lets a request through that was held back, and waits for what the broker says to it. */
  async #deliver(transactionalId: string): Promise<void> {
    const late = this.#late.get(transactionalId);
    if (late === undefined) return;
    late.upstream.write(late.frame);
    this.lateAnswers.push(await late.answered);
    late.upstream.destroy();
    this.#late.delete(transactionalId);
  }
}

interface ConnectionParts {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly onEndTxn: () => EndTxnFault | undefined;
  readonly onLate: (transactionalId: string, late: Late) => void;
  /** Before the answer to a Produce is passed on. */
  readonly onProduced: (transactionalId: string) => Promise<void>;
  readonly portFor: (port: number) => Promise<number>;
  readonly hidesCoordinators: () => boolean;
}

/** One connection of a client, passed on frame by frame. */
class ProxiedConnection {
  readonly #parts: ConnectionParts;
  readonly #asked = new Map<number, RequestHead & { readonly fault: EndTxnFault | undefined }>();
  /** Told the answer to the request that is held back. */
  #onLateAnswer: ((answer: Buffer) => void) | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    const { client, upstream } = parts;
    const requests = new FrameSplitter();
    const answers = new FrameSplitter();
    let tail: Promise<void> = Promise.resolve();
    client.on('data', (bytes) => {
      for (const frame of requests.push(bytes)) this.#request(frame);
    });
    upstream.on('data', (bytes) => {
      for (const frame of answers.push(bytes)) tail = tail.then(() => this.#answer(frame)).catch(() => this.#cut());
    });
    client.once('close', () => {
      if (this.#onLateAnswer === undefined) upstream.destroy();
    });
    upstream.once('close', () => client.destroy());
  }

  #request(frame: Buffer): void {
    const { client, upstream, onEndTxn, onLate } = this.#parts;
    if (client.destroyed) return;
    const head = readRequestHead(frame);
    const fault = head.apiKey === API.endTxn ? onEndTxn() : undefined;
    this.#asked.set(head.correlationId, { ...head, fault });
    if (fault === 'late') {
      const answered = new Promise<number>((resolve) => {
        this.#onLateAnswer = (answer) => resolve(endTxnError(answer));
      });
      onLate(head.transactionalId ?? '', { frame, correlationId: head.correlationId, upstream, answered });
    }
    if (fault === 'lost' || fault === 'late') client.destroy();
    else upstream.write(frame);
  }

  async #answer(frame: Buffer): Promise<void> {
    const head = this.#asked.get(correlationOf(frame));
    this.#asked.delete(correlationOf(frame));
    if (head === undefined) return this.#cut();
    if (head.fault === 'late') return this.#onLateAnswer?.(frame);
    if (head.fault === 'unanswered') return this.#cut();
    if (head.fault === 'slow') await sleep(SLOW_MS);
    if (head.apiKey === API.produce && head.transactionalId !== undefined) {
      await this.#parts.onProduced(head.transactionalId);
    }
    if (head.apiKey === API.findCoordinator && this.#parts.hidesCoordinators()) hideCoordinator(frame, head);
    for (const place of portPlaces(frame, head)) {
      frame.writeInt32BE(await this.#parts.portFor(frame.readInt32BE(place)), place);
    }
    this.#parts.client.write(frame);
  }

  #cut(): void {
    this.#parts.client.destroy();
    this.#parts.upstream.destroy();
  }
}
