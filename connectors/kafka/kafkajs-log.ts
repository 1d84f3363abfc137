import type { LogEntry } from 'kafkajs';
import { LongwaveError } from '../../core/index.ts';
import type { KafkaLog, KafkaLogLevel } from './connection.ts';
import { loggedAnswer } from './kafka-error.ts';

/** Lines that wait for the end of an attempt; more than that go on at once. */
const MAX_HELD_LINES = 100;

/**
 * What the client says although the same is thrown, or told by an event, or no fault at all: rights and logins that are refused,
 * errors of our own on their way through it, topics that are not there, the end of a consumer.
 */
const TOLD_OTHERWISE =
  /\b(authori[sz]ation|authentication) failed\b|does not host this topic-partition|^(Expected |Topic creation errors$|Crash: |Restarting the consumer |Limiting retries for the idempotent producer)/i;

/** What the brokers answer to a request that is then made again, or whose fault is thrown; and the group's own coming and going. */
const EVERYDAY = /^Response \w+\(key: |(re-joining|resync group|re-joining the group)$/;

interface Line {
  readonly level: KafkaLogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The log of one kafkajs client, on its way to ours. The client calls errors what its next retry mends: that comes as `debug`, the
 * rest, such as a connection that breaks, as `warn`. What stays broken is thrown, and then its lines are of level `debug` too:
 * one fault is told once.
 */
export class KafkajsLog {
  readonly #log: KafkaLog;
  #answer: string | undefined;
  #held: Line[] | undefined;

  constructor(log: KafkaLog) {
    this.#log = log;
  }

  /** What the brokers answered last to the search for a coordinator, which the client itself does not tell. */
  get answer(): string | undefined {
    return this.#answer;
  }

  /** Takes an entry as the client makes it. */
  take({ level, log: { message, timestamp: _, stack: __, ...fields } }: LogEntry): void {
    this.#answer = loggedAnswer(fields.error) ?? this.#answer;
    const isTold = TOLD_OTHERWISE.test(message) || TOLD_OTHERWISE.test(String(fields.error));
    const isMending = 'retryTime' in fields || EVERYDAY.test(message);
    const name: KafkaLogLevel = level <= 2 && !isTold && !isMending ? 'warn' : level === 4 ? 'info' : 'debug';
    const line: Line = { level: name, message, fields };
    if (this.#held !== undefined && this.#held.length < MAX_HELD_LINES) this.#held.push(line);
    else this.#write(line);
  }

  /** Holds back what the client says during an attempt until it is known whether that is thrown. */
  async during<T>(attempt: Promise<T>): Promise<T> {
    const held: Line[] = [];
    this.#held = held;
    const release = (isThrown: boolean): void => {
      this.#held = undefined;
      for (const line of held) this.#write(isThrown ? { ...line, level: 'debug' } : line);
    };
    try {
      const result = await attempt;
      release(false);
      return result;
    } catch (error) {
      // Callers try again, without a word, what may come right.
      release(error instanceof LongwaveError && !error.retryable);
      throw error;
    }
  }

  #write({ level, message, fields }: Line): void {
    this.#log(level, message, fields);
  }
}
