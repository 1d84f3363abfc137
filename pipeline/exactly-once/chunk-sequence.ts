import type { KafkaRecord } from '../../connectors/index.ts';
import { type Chunk, chunkLength, InputError, LateEventError } from '../../core/index.ts';
import type { InputOrderConfig } from '../config/input-schema.ts';

/** A record and what it holds. */
export interface Arrival {
  readonly record: KafkaRecord;
  readonly chunk: Chunk;
  /** What the decoder knew of the stream before it: with that it can be read again. */
  readonly decoder: unknown;
}

/** What becomes of an arrival. */
export type Verdict =
  /** It is kept, or goes to the model now with what waited for it: `ready` in the order of their samples. */
  | { readonly kind: 'taken'; readonly ready: readonly Arrival[] }
  /** Nothing has changed. */
  | { readonly kind: 'duplicate' | 'refused'; readonly error: InputError }
  | { readonly kind: 'late'; readonly error: LateEventError };

/** Where a {@link ChunkSequence} stands. */
export interface SequencePlace {
  /** First of the samples taken without a gap; `undefined` before the first. */
  readonly originSample: number | undefined;
  readonly nextSample: number;
  /** By their samples. */
  readonly waiting: readonly Arrival[];
}

const BEGINNING: SequencePlace = { originSample: undefined, nextSample: 0, waiting: [] };
const AT_ONCE = { maxChunks: 0, maxSamples: 0 };

/**
 * Puts the chunks of one stream into the order of their samples. A chunk ahead of its turn waits while there is room for it;
 * when there is none, the stream goes on behind the gap with the earliest that waits. A stream begins with sample 0, or with the
 * earliest when there is no more room. Chunks decide that, never a clock. O(chunks that wait) each.
 */
export class ChunkSequence {
  readonly #policy: InputOrderConfig;
  #originSample: number | undefined;
  #nextSample: number;
  #waiting: Arrival[];

  constructor(policy: InputOrderConfig, place: SequencePlace = BEGINNING) {
    this.#policy = policy;
    this.#originSample = place.originSample;
    this.#nextSample = place.nextSample;
    this.#waiting = [...place.waiting];
  }

  get place(): SequencePlace {
    return { originSample: this.#originSample, nextSample: this.#nextSample, waiting: [...this.#waiting] };
  }

  take(arrival: Arrival): Verdict {
    const { startSample } = arrival.chunk;
    const known = this.#known(arrival.chunk);
    if (known !== undefined) return known;
    const isGap = this.#originSample !== undefined && startSample > this.#nextSample;
    if (isGap && this.#policy.gaps === 'dead-letter') {
      return {
        kind: 'refused',
        error: outOfOrder(arrival.chunk, `samples from index ${this.#nextSample} on, without a gap`),
      };
    }
    const at = this.#waiting.findIndex(({ chunk }) => chunk.startSample > startSample);
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, arrival);
    return { kind: 'taken', ready: [...this.#inTurn(), ...this.#withoutRoom(this.#policy.reorder ?? AT_ONCE)] };
  }

  /** The stream ends: what waits, over the gaps. */
  end(): readonly Arrival[] {
    return this.#withoutRoom(AT_ONCE);
  }

  /** The verdict on a chunk with samples that are known already, or that nobody waits for any more. */
  #known(chunk: Chunk): Verdict | undefined {
    const { startSample: from } = chunk;
    const to = from + chunkLength(chunk);
    const taken = overlap(from, to, [this.#originSample ?? 0, this.#originSample === undefined ? 0 : this.#nextSample]);
    const waits = this.#waiting.reduce((sum, { chunk: other }) => sum + overlap(from, to, spanOf(other)), 0);
    if (to - from > 0 && taken + waits === to - from) {
      return { kind: 'duplicate', error: outOfOrder(chunk, 'samples that have not come before') };
    }
    if (taken + waits > 0)
      return { kind: 'refused', error: outOfOrder(chunk, 'none of the samples that have come before') };
    if (this.#originSample === undefined || from >= this.#nextSample) return undefined;
    const expected = `samples from index ${this.#nextSample} on, behind the gap before ${this.#originSample}`;
    return { kind: 'late', error: new LateEventError('LATE_EVENT', messageOf(chunk, expected)) };
  }

  /** Those whose turn it is. */
  #inTurn(): readonly Arrival[] {
    const ready: Arrival[] = [];
    for (let first = this.#waiting[0]; first?.chunk.startSample === this.#nextSample; first = this.#waiting[0]) {
      this.#originSample ??= first.chunk.startSample;
      this.#nextSample += chunkLength(first.chunk);
      ready.push(first);
      this.#waiting.shift();
    }
    return ready;
  }

  /** Goes over gaps until no more wait than there is room for. */
  #withoutRoom({ maxChunks, maxSamples }: { readonly maxChunks: number; readonly maxSamples: number }): Arrival[] {
    const ready: Arrival[] = [];
    const samples = (): number => this.#waiting.reduce((sum, { chunk }) => sum + chunkLength(chunk), 0);
    while (this.#waiting.length > maxChunks || samples() > maxSamples) {
      this.#originSample = this.#nextSample = (this.#waiting[0] as Arrival).chunk.startSample;
      ready.push(...this.#inTurn());
    }
    return ready;
  }
}

function spanOf(chunk: Chunk): readonly [number, number] {
  return [chunk.startSample, chunk.startSample + chunkLength(chunk)];
}

/** Samples that two spans share. */
function overlap(from: number, to: number, [otherFrom, otherTo]: readonly [number, number]): number {
  return Math.max(0, Math.min(to, otherTo) - Math.max(from, otherFrom));
}

function outOfOrder(chunk: Chunk, expected: string): InputError {
  return new InputError('TIME_NOT_MONOTONIC', messageOf(chunk, expected));
}

function messageOf(chunk: Chunk, expected: string): string {
  const [from, to] = spanOf(chunk);
  return `Expected stream ${chunk.streamId} to bring ${expected}, got ${from}..${to - 1}`;
}
