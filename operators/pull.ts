import { map, type Observable } from 'rxjs';
import type { Source } from '../core/index.ts';
import { type PullOptions, pullValues } from './pull-values.ts';

/** Anything that is told when it has been dealt with, such as a chunk or a token block. */
export interface Acknowledgeable {
  readonly ack?: (() => void) | undefined;
}

/**
 * Reads chunks, or anything else with an `ack`, only while downstream has credit: the form of `pullValues` for
 * items that carry their own `ack`. Each item comes as a copy whose `ack` first calls the item's own and then
 * returns the credit, once however often it is called. Operators that make tokens from chunks pass the `ack` on.
 * @throws ConfigError at once for an option out of range.
 * @example
 * pull(wavSource({ path }), { credits: 4 }).pipe(logMel(), concatAck((block) => encodeAndWrite(block)));
 */
export function pull<T extends Acknowledgeable>(
  source: Source<T> | AsyncIterable<T>,
  options: PullOptions<T>,
): Observable<T & { readonly ack: () => void }> {
  return pullValues(source, options).pipe(
    map(({ value, ack }) => ({ ...value, ack: value.ack === undefined ? ack : both(value.ack, ack) })),
  );
}

/** Calls the first function at most once, then the second even if the first threw. */
function both(own: () => void, credit: () => void): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    try {
      own();
    } finally {
      credit();
    }
  };
}
