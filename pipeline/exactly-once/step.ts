import type { KafkaRecord, OutgoingRecord } from '../../connectors/index.ts';
import type { Finding } from '../streams/finding.ts';

/** What is kept of an input record until what came of it is written. */
export interface Cause {
  readonly offset: bigint;
  /** Ms since 1970, -1 where the record has none. */
  readonly timestampMs: number;
  /** The trace that the record belongs to (W3C Trace Context), carried through. */
  readonly traceparent: Uint8Array | undefined;
}

/** What one input record came to. */
export interface Step {
  readonly cause: Cause;
  readonly findings: readonly Finding[];
  /** Records that were put aside: it, or one that waited for it. */
  readonly deadLetters: readonly OutgoingRecord[];
  /** 1 where all its samples had come before and it was dropped. */
  readonly duplicates: number;
  /** Samples taken. */
  readonly samples: number;
}

/** @see Cause */
export function causeOf({ offset, timestampMs, headers }: KafkaRecord): Cause {
  return { offset, timestampMs, traceparent: headers.get('traceparent') };
}
