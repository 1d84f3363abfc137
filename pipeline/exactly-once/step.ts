import type { KafkaRecord, OutgoingRecord } from '../../connectors/index.ts';
import type { Finding } from '../streams/finding.ts';

/** What is kept of an input record until what came of it is written. */
export interface Cause {
  readonly offset: bigint;
  /** Ms since 1970, -1 where the record has none. */
  readonly timestampMs: number;
  /** The trace that the record belongs to (W3C Trace Context, version 00), carried through; `undefined` where it names none. */
  readonly traceparent: Uint8Array | undefined;
}

/** A finding, and which life of its stream it is of. */
export interface StreamFinding {
  readonly finding: Finding;
  /** Input offset of the first record of the stream, which may end and begin anew under its name. */
  readonly openedAt: bigint;
}

/** What one input record came to. */
export interface Step {
  readonly cause: Cause;
  readonly findings: readonly StreamFinding[];
  /** Records that were put aside: it, or one that waited for it. */
  readonly deadLetters: readonly OutgoingRecord[];
  /** 1 where all its samples had come before and it was dropped. */
  readonly duplicates: number;
  /** Samples taken. */
  readonly samples: number;
}

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACEPARENT_BYTES = 55;

/** @see Cause */
export function causeOf({ offset, timestampMs, headers }: KafkaRecord): Cause {
  return { offset, timestampMs, traceparent: traceparentOf(headers.get('traceparent')) };
}

/** Each finding carries it, so what only has its name, and may have any size, is left behind. */
function traceparentOf(header: Uint8Array | undefined): Uint8Array | undefined {
  if (header?.length !== TRACEPARENT_BYTES) return undefined;
  return TRACEPARENT.test(Buffer.from(header).toString('latin1')) ? header : undefined;
}
