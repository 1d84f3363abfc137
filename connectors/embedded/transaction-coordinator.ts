import type { Clock } from '../../core/index.ts';
import { type GroupOffset, TransactionError } from '../kafka/index.ts';
import type { CommitEntry } from './journal.ts';
import { earlier } from './offset-order.ts';
import type { PartitionLog } from './partition-log.ts';
import { ProducerSession, type Transaction } from './producer-session.ts';

/** What a {@link TransactionCoordinator} needs of its broker. */
export interface TransactionHost {
  readonly clock: Clock;
  /** Whether commits wait for the disk. */
  readonly durable: boolean;
  /** Decides a transaction: from here on it counts. */
  decide(entry: CommitEntry): void;
  syncJournal(): Promise<void>;
  /** Makes the offsets of a group visible. */
  applyOffsets(offsets: readonly GroupOffset[]): void;
  endOf(topic: string, partition: number): bigint;
  /** @throws ConnectorError `CONNECTOR_UNREACHABLE` after the end */
  requireOpen(): void;
  /** A decided transaction could not be carried out: the broker cannot go on. */
  fail(error: unknown): void;
}

/** Who writes under which transactional id, and what has been written in transactions that have not ended. */
export class TransactionCoordinator {
  readonly #host: TransactionHost;
  readonly #sessions = new Map<string, ProducerSession>();
  readonly #decided = new Set<CommitEntry>();
  #nextNumber: number;

  constructor(host: TransactionHost, nextNumber: number) {
    this.#host = host;
    this.#nextNumber = nextNumber;
  }

  /** No transaction has this number yet. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Commits that are written but not carried out. */
  get decided(): readonly CommitEntry[] {
    return [...this.#decided];
  }

  /** Numbers of the transactions that have not ended. */
  get openNumbers(): readonly number[] {
    return [...this.#sessions.values()].flatMap(({ transaction }) => transaction?.number ?? []);
  }

  /** Takes a transactional id over: fences who had it and aborts what that one has left open. */
  async claim(transactionalId: string, timeoutMs: number): Promise<ProducerSession> {
    for (let ending = this.#sessions.get(transactionalId)?.ending; ending !== undefined; ) {
      await ending.catch(() => {});
      ending = this.#sessions.get(transactionalId)?.ending;
    }
    const before = this.#sessions.get(transactionalId);
    const session = new ProducerSession({ transactionalId, timeoutMs, epoch: (before?.epoch ?? -1) + 1 });
    if (before !== undefined) {
      before.fence(`a producer with epoch ${session.epoch} has taken over`);
      this.#abort(before);
    }
    this.#sessions.set(transactionalId, session);
    return session;
  }

  begin(session: ProducerSession): void {
    session.transaction = { number: 0, startedAtMs: 0, ends: new Map(), offsets: new Map() };
  }

  /** Adds a partition to the transaction, before anything is written there. */
  enter(session: ProducerSession, log: PartitionLog): number {
    const transaction = this.#started(session);
    if (!transaction.ends.has(log)) transaction.ends.set(log, 0n);
    return transaction.number;
  }

  /** Notes how far the transaction has written. */
  wrote(session: ProducerSession, log: PartitionLog): void {
    session.transaction?.ends.set(log, log.nextOffset);
  }

  addOffset(session: ProducerSession, place: GroupOffset): void {
    const { groupId, topic, partition } = place;
    this.#started(session).offsets.set(`${groupId}/${topic}/${partition}`, place);
  }

  async commit(session: ProducerSession): Promise<void> {
    const transaction = this.#current(session);
    session.ending = this.#commit(session, transaction);
    try {
      await session.ending;
    } finally {
      session.ending = undefined;
    }
  }

  abort(session: ProducerSession): void {
    this.#current(session);
    this.#abort(session);
  }

  /** A producer goes; what it has left open stays for the time-out or the next one. */
  release(session: ProducerSession): void {
    if (session.transaction === undefined && this.#sessions.get(session.transactionalId) === session) {
      this.#sessions.delete(session.transactionalId);
    }
  }

  /** Aborts transactions that are over their time. */
  expire(): void {
    for (const session of this.#sessions.values()) {
      const { transaction, timeoutMs, ending } = session;
      if (transaction === undefined || transaction.number === 0 || ending !== undefined) continue;
      if (this.#host.clock.now() - transaction.startedAtMs < timeoutMs) continue;
      session.fence(`its transaction was aborted after ${timeoutMs} ms`);
      this.#abort(session);
      this.#sessions.delete(session.transactionalId);
    }
  }

  /** Ends the timers; what is open stays open. */
  close(): void {
    for (const session of this.#sessions.values()) session.stopTimer();
  }

  #current(session: ProducerSession): Transaction {
    if (session.transaction !== undefined) return session.transaction;
    throw new TransactionError(
      'fatal',
      `Expected transactional id ${session.transactionalId} to have an open transaction`,
    );
  }

  #started(session: ProducerSession): Transaction {
    const transaction = this.#current(session);
    if (transaction.number === 0) {
      transaction.number = this.#nextNumber++;
      transaction.startedAtMs = this.#host.clock.now();
      session.wakeAfterTimeout(() => this.expire());
    }
    return transaction;
  }

  /** Without `durable` all of it happens at once. */
  async #commit(session: ProducerSession, transaction: Transaction): Promise<void> {
    const { number, ends, offsets } = transaction;
    if (number === 0) return session.endTransaction();
    const places = [...offsets.values()];
    const entry: CommitEntry = {
      type: 'commit',
      transaction: number,
      ends: [...this.#endsOf(transaction)],
      offsets: places,
    };
    if (this.#host.durable) await this.#orFail(() => Promise.all([...ends.keys()].map((log) => log.sync())));
    this.#host.decide(entry);
    this.#decided.add(entry);
    if (this.#host.durable) await this.#orFail(() => this.#host.syncJournal());
    this.#carryOut(session, 'committed');
    this.#host.applyOffsets(places);
    this.#decided.delete(entry);
  }

  /** A partition that a group has read counts too: its place means nothing where the records before it are lost. */
  *#endsOf({ ends, offsets }: Transaction): Generator<CommitEntry['ends'][number]> {
    for (const [{ topic, partition }, end] of ends) yield { topic, partition, end };
    for (const { topic, partition, offset } of offsets.values()) {
      yield { topic, partition, end: earlier(offset, this.#host.endOf(topic, partition)) };
    }
  }

  #abort(session: ProducerSession): void {
    this.#carryOut(session, 'aborted');
  }

  #carryOut(session: ProducerSession, outcome: 'committed' | 'aborted'): void {
    const { transaction } = session;
    if (transaction === undefined) return;
    try {
      for (const log of transaction.ends.keys()) log.end(transaction.number, outcome);
    } catch (error) {
      this.#host.fail(error);
      throw indefinite(error);
    }
    session.endTransaction();
  }

  async #orFail(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.#host.requireOpen(); // nothing may be written after the end
    } catch (error) {
      this.#host.fail(error);
      throw indefinite(error);
    }
  }
}

function indefinite(cause: unknown): TransactionError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new TransactionError('indefinite', `Expected the embedded broker to end a transaction, got: ${said}`, {
    cause,
  });
}
