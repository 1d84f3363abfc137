import type { ModelSpec, ModelStats } from './model-spec.ts';
import { type RequestBody, requestBytes, type StreamSnapshot, snapshotSize } from './protocol.ts';

/** A call that moves a stream's state. */
export type Step = RequestBody & { readonly op: 'push' | 'flush' };

/** When a journal asks for a snapshot. */
export interface JournalLimits {
  /** Bytes of calls since the last one, or as many as that one has where those are more. */
  readonly snapshotBytes: number;
  /** Tokens since the last one. */
  readonly snapshotEvery: number;
}

/**
 * What it takes to have a stream again as it stood at its last answer: its last snapshot and the calls answered since. A
 * snapshot is asked for behind the call that reaches a limit, in the order of the stream's calls, so the calls kept are never
 * more than `snapshotBytes` (or the snapshot's own size) and one call. The exception is a model that holds its whole stream: so does its journal then.
 */
export class StreamJournal {
  readonly #spec: ModelSpec;
  readonly #limits: JournalLimits;
  #snapshot: StreamSnapshot | undefined;
  #snapshotBytes = 0;
  #snapshotTokens = 0;
  #steps: Step[] = [];
  #stepBytes = 0;
  /** Bytes of the calls made since a snapshot was last asked for. */
  #bytesMade = 0;
  /** Snapshots asked for and not come yet. */
  #asked = 0;
  #holdsAll = false;

  constructor(spec: ModelSpec, limits: JournalLimits) {
    this.#spec = spec;
    this.#limits = limits;
  }

  /** Bytes kept: the snapshot and the calls since. */
  get keptBytes(): number {
    return this.#snapshotBytes + this.#stepBytes;
  }

  /** Notes that a call was made. True when a snapshot is due behind it: it counts as asked for then. */
  made(call: RequestBody): boolean {
    this.#bytesMade += requestBytes(call);
    return this.#bytesMade >= Math.max(this.#limits.snapshotBytes, this.#snapshotBytes) && this.#ask();
  }

  /** Keeps a call that was answered. True when a snapshot is due: it counts as asked for then. */
  answered(step: Step, { tokens }: ModelStats): boolean {
    this.#steps.push(step);
    this.#stepBytes += requestBytes(step);
    // The end of a stream that was held whole: what is left of it is small.
    if (step.op === 'flush' && this.#holdsAll) this.#holdsAll = false;
    else if (this.#asked > 0 || tokens - this.#snapshotTokens < this.#limits.snapshotEvery) return false;
    return this.#ask();
  }

  /** Takes the answer to a request for a snapshot: it stands for all calls answered before it. */
  taken(snapshot: StreamSnapshot | undefined, { tokens }: ModelStats): void {
    this.#asked = Math.max(0, this.#asked - 1);
    if (snapshot === undefined) {
      this.#holdsAll = true;
      return;
    }
    this.#snapshot = snapshot;
    this.#snapshotBytes = snapshotSize(snapshot);
    this.#snapshotTokens = tokens;
    this.#steps = [];
    this.#stepBytes = 0;
  }

  /** The requests that bring the stream back. */
  requests(): RequestBody[] {
    const state = this.#snapshot;
    if (state === undefined) return [];
    return [
      { op: 'restore', spec: this.#spec, state },
      ...this.#steps.map((step): RequestBody => ({ ...step, quiet: true })),
    ];
  }

  #ask(): boolean {
    this.#bytesMade = 0;
    if (this.#holdsAll) return false;
    this.#asked += 1;
    return true;
  }
}
