import { MAX_ANCHOR_BYTES, type StreamAnchor } from '../checkpoint/index.ts';
import type { ReplayField } from '../streams/replay-field.ts';
import { firstTokenOf } from '../streams/warm-up.ts';
import { type LiveStream, progressOf } from './live-stream.ts';

/** A place that becomes an anchor when the stream has gone on for long enough. */
interface Candidate {
  readonly offset: bigint;
  readonly originSample: number;
  /** The first token that a model begun there would see. */
  readonly firstToken: number;
  readonly bytes: Uint8Array;
  check: { readonly offset: bigint; readonly token: number; readonly digest: number } | undefined;
}

/**
 * Chooses where streams can be begun anew without their caches. A place serves once the stream has seen its receptive field
 * since, and has given out a period of tokens more: those are compared when it has been begun there. So an anchor lies one
 * to about two fields back.
 */
export class ReplayAnchors {
  readonly #field: ReplayField;
  readonly #candidates = new WeakMap<LiveStream, Candidate>();

  constructor(field: ReplayField) {
    this.#field = field;
  }

  /**
   * Anchors that have come to serve. To be called between the calls of the streams.
   * @param intake what is known of a stream besides its task, as a JSON value
   */
  take(streams: readonly LiveStream[], intake: (stream: LiveStream) => unknown): StreamAnchor[] {
    return streams.flatMap((stream) => {
      const outline = stream.task.outline;
      if (outline === undefined) return [];
      const candidate = this.#candidates.get(stream);
      // Behind a gap the model begins anew: what lies before it cannot be held against what comes.
      if (candidate === undefined || candidate.originSample !== outline.originSample) {
        this.#choose(stream, intake);
        return [];
      }
      const { reachTokens, periodTokens } = this.#field;
      const { openedAt, nextOffset: offset, streamId } = stream;
      const { check } = candidate;
      if (check === undefined) {
        if (outline.token < candidate.firstToken + reachTokens) return [];
        candidate.check = { offset, token: outline.token, digest: progressOf(stream).digest };
        return [];
      }
      if (outline.token < check.token + periodTokens) return [];
      this.#choose(stream, intake);
      const { bytes, offset: from } = candidate;
      const { offset: checkOffset, token: checkToken, digest } = check;
      return [{ ...{ streamId, openedAt, offset: from, bytes }, ...{ checkOffset, checkToken, digest } }];
    });
  }

  #choose(stream: LiveStream, intake: (stream: LiveStream) => unknown): void {
    const outline = stream.task.outline;
    const bytes = outline?.bytes(intake(stream));
    if (outline === undefined || bytes === undefined || bytes.length > MAX_ANCHOR_BYTES) {
      this.#candidates.delete(stream);
      return;
    }
    const { originSample, nextSample } = outline;
    const firstToken = firstTokenOf({ originSample, nextSample, field: this.#field });
    this.#candidates.set(stream, {
      ...{ offset: stream.nextOffset, originSample, firstToken, bytes },
      check: undefined,
    });
  }
}
