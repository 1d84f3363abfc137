import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AbortError } from '../../core/index.ts';
import { createLongformer, createReformer, type LongformerEncoder, type ReformerEncoder } from '../../models/index.ts';
import { ENGINE } from './model.ts';

const MOST_ATTEMPTS = 10;

let collect: (() => void) | undefined;

/** Frees everything that nothing refers to; works without `--expose-gc`. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  // Array buffers are freed beside the first collection; the second waits for that.
  collect();
  collect();
}

/** Bytes of all typed arrays alive, after collections until there is nothing more to free. */
export function liveArrayBytes(): number {
  let before = Number.NaN;
  let now = arrayBytes();
  for (let attempt = 1; attempt < MOST_ATTEMPTS && now !== before; attempt++) {
    before = now;
    now = arrayBytes();
  }
  return now;
}

function arrayBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/**
 * What `measure` gives twice in a row, or at last. A compiler thread may still hold arrays of earlier work and let go of
 * them in the middle of a measurement, but not twice.
 */
export function settledBytes(measure: () => number): number {
  let before = Number.NaN;
  let now = measure();
  for (let attempt = 1; attempt < MOST_ATTEMPTS && now !== before; attempt++) {
    before = now;
    now = measure();
  }
  return now;
}

/**
 * Bytes of typed arrays that `run` adds to what was there, at the moment when its first layer has projected all tokens
 * and completes the first of them: everything that a layer needs is then alive, and every layer needs the same. Ends the
 * run there, so it costs O(n).
 *
 * @param run encodes with the encoder that it is given: `encoder` with a probe in its weights
 */
export function heldByFirstLayer(encoder: LongformerEncoder, run: (probed: LongformerEncoder) => unknown): number {
  const [first, ...others] = encoder.weights.layers;
  if (first === undefined) return 0;
  let armed = false;
  let before = 0;
  let held = 0;
  const probe = Object.defineProperty({ ...first }, 'attentionOutput', {
    enumerable: true,
    get: () => {
      if (!armed) return first.attentionOutput;
      held = liveArrayBytes() - before;
      throw new AbortError('ABORTED', 'Expected to stop at the first completed token');
    },
  });
  const weights = { ...encoder.weights, layers: [probe, ...others] };
  const probed = createLongformer(encoder.config, { weights }, ENGINE);
  armed = true;
  return settledBytes(() => {
    before = liveArrayBytes();
    untilProbe(() => run(probed));
    return held;
  });
}

/**
 * Bytes of typed arrays that `run` takes until its first layer completes its first token, those that it has let go of by
 * then included, so an upper bound of what it holds at once. Ends the run there.
 *
 * @param run encodes with the encoder that it is given: `encoder` with a probe in its weights
 */
export function takenByFirstLayer(encoder: ReformerEncoder, run: (probed: ReformerEncoder) => unknown): number {
  const [first, ...others] = encoder.weights.layers;
  if (first === undefined) return 0;
  let before = 0;
  let taken = 0;
  let armed = false;
  const probe = Object.defineProperty({ ...first }, 'ffnNorm', {
    enumerable: true,
    get: () => {
      if (!armed) return first.ffnNorm;
      taken = Math.max(taken, process.memoryUsage().arrayBuffers - before);
      throw new AbortError('ABORTED', 'Expected to stop at the first completed token');
    },
  });
  const probed = createReformer(
    encoder.config,
    { weights: { ...encoder.weights, layers: [probe, ...others] } },
    ENGINE,
  );
  armed = true;
  return settledBytes(() => {
    before = liveArrayBytes();
    untilProbe(() => run(probed));
    return taken;
  });
}

/** Runs work that a probe stops. */
function untilProbe(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
  }
}
