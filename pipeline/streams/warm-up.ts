import type { Chunk } from '../../core/index.ts';
import type { ModelOutput } from '../workers/model-spec.ts';
import type { ReplayField } from './replay-field.ts';

/** Where a stream that was begun without its caches is known to be right again. */
export interface WarmUpCheck {
  /** Tokens before it are of no account. */
  readonly token: number;
  /** Of all that the stream had put out before that token. */
  readonly digest: number;
}

/** What a {@link WarmUp} begins with. */
export interface WarmUpPlace {
  readonly originSample: number;
  /** Samples before it are not given again. */
  readonly nextSample: number;
  readonly field: ReplayField;
  readonly check: WarmUpCheck;
}

/** The first token, of a stream that is given the samples from `nextSample` on, with which a model may begin. */
export function firstTokenOf({ originSample, nextSample, field }: Omit<WarmUpPlace, 'check'>): number {
  const period = field.periodTokens * field.hopSamples;
  return Math.ceil((nextSample - originSample) / period) * field.periodTokens;
}

/**
 * A model that begins in the middle of a stream: it is given samples from its first token on, its tokens are counted from the
 * stream's own beginning, and those that come before it has seen its whole field are dropped.
 */
export class WarmUp {
  readonly #firstToken: number;
  readonly #firstSample: number;
  readonly #check: WarmUpCheck;

  constructor(place: WarmUpPlace) {
    this.#firstToken = firstTokenOf(place);
    this.#firstSample = place.originSample + this.#firstToken * place.field.hopSamples;
    this.#check = place.check;
  }

  /** The samples of a chunk that the model is given; a view. */
  samplesOf({ samples, startSample, channels }: Chunk): Chunk['samples'] {
    return samples.subarray(Math.max(0, this.#firstSample - startSample) * channels);
  }

  /** What the model has put out, as the stream's own. */
  ownOf(output: ModelOutput): ModelOutput {
    if (output.kind !== 'embedding') return output;
    const { width, rows } = output;
    const startToken = output.startToken + this.#firstToken;
    const early = Math.min(Math.max(0, this.#check.token - startToken), width === 0 ? 0 : rows.length / width);
    return { ...output, startToken: startToken + early, rows: rows.subarray(early * width) };
  }
}
