import { openEncoder, runSequence } from './encoder-cases.mjs';
import { openAnomaly, openFront, openNovelty, runArithmetic, runTask } from './other-cases.mjs';

/**
 * Plain JavaScript over an API that is handed in, so that the same lines run in every Node, in a browser and in the suites:
 * what the cases of test/fixtures/golden/encodings.json mean. The inputs come from the library's own seeded generator, which is integer
 * arithmetic only.
 */

/** Runs that depend on nothing but the case: one engine, one split. */
const WHOLE = 'whole';
/** How the input of a stream is cut into calls. */
export const SPLITS = ['all at once', 'one by one', 'random'];

const OPENERS = {
  longformer: openEncoder,
  reformer: openEncoder,
  'log-mel': openFront,
  scale: openFront,
  anomaly: openAnomaly,
  novelty: openNovelty,
};

const WHOLE_RUNS = {
  'longformer sequence': runSequence,
  'reformer sequence': runSequence,
  task: runTask,
  arithmetic: runArithmetic,
};

/** Engines of a host that a case can run on; `[undefined]` where it has nothing to do with engines. */
export function enginesOf(golden, engines) {
  return golden.kind.startsWith('longformer') || golden.kind.startsWith('reformer') ? engines : [undefined];
}

/** Splits that a case is run with. */
export function splitsOf(golden) {
  return golden.kind in WHOLE_RUNS ? [WHOLE] : SPLITS;
}

/**
 * Runs a case on an engine, once for each of its splits.
 * @returns one entry a split: `{ split, digests }`, SHA-256 of the little-endian bytes of what came out, by name
 */
export function runCase(library, golden, engine) {
  const whole = WHOLE_RUNS[golden.kind];
  if (whole !== undefined) {
    return [{ split: WHOLE, digests: digestsOf(library, whole(library, golden, engine)) }];
  }
  const subject = OPENERS[golden.kind](library, golden, engine);
  return SPLITS.map((split) => ({ split, digests: runSplit(library, subject, { golden, split }) }));
}

/** Cut as the split says, and once more with a snapshot and another stream that goes on from it. */
function runSplit(library, subject, { golden, split }) {
  const random = new library.Random(golden.seed + 1);
  const cut = (from, to) => cuts(split, { from, to, random });
  const stream = subject.open();
  const parts = cut(0, subject.count).map(([from, to]) => stream.push(from, to));
  const out = joined([...parts, stream.flush()]);
  Object.assign(out, stream.more?.());

  const place = Math.floor(0.6 * subject.count);
  const first = subject.open();
  const before = cut(0, place).map(([from, to]) => first.push(from, to));
  out.snapshot = first.snapshot();
  const second = subject.open();
  second.restore(out.snapshot);
  const after = cut(place, subject.count).map(([from, to]) => second.push(from, to));
  out.resumed = joined([...before, ...after, second.flush()]).output;
  for (const each of [stream, first, second]) each.close?.();
  return digestsOf(library, out);
}

function cuts(split, { from, to, random }) {
  const pieces = [];
  for (let at = from; at < to; ) {
    const length = split === 'all at once' ? to - at : split === 'one by one' ? 1 : random.nextUint32() % (to >> 2);
    const end = Math.min(to, at + length);
    pieces.push([at, end]);
    at = end;
  }
  return pieces;
}

/** Joins what the calls gave, by name. */
function joined(parts) {
  const out = {};
  for (const name of Object.keys(parts[0])) {
    const arrays = parts.map((part) => part[name]);
    const all = new arrays[0].constructor(arrays.reduce((sum, array) => sum + array.length, 0));
    let at = 0;
    for (const array of arrays) {
      all.set(array, at);
      at += array.length;
    }
    out[name] = all;
  }
  return out;
}

function digestsOf(library, arrays) {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      return [name, library.sha256Hex(bytes)];
    }),
  );
}
