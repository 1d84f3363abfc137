import { ACTIVATIONS, type Engine, type Rows } from '../engine/index.ts';

/** Sizes of the engine that {@link warmUp} takes. */
export const WARM_UP_ROWS = 7;
export const WARM_UP_BYTES = 2 ** 20;

/**
 * Calls every kernel, with sizes that lead into every function: a host compiles one when it is first called, and the first token
 * of a stream need not wait for that.
 */
export function warmUp(engine: Engine): void {
  const [size, headDim] = [43, 14];
  const layer = { inSize: size, outSize: size, weight: new Float32Array(size * size), bias: new Float32Array(size) };
  const norm = { size, weight: new Float32Array(size), bias: new Float32Array(size), eps: 1 };
  const [x, y] = [engine.rows(size), engine.rows(size)];
  const linear = engine.linear(layer);
  for (const count of [1, WARM_UP_ROWS]) linear.apply(x, y, count);
  engine.layerNorm(norm).apply(x, y, 1);
  for (const name of ACTIVATIONS) engine.activate(name, x, 1);
  engine.add(x, y, 1);
  engine.scale(x, 1, 1);
  engine.divide(x, 1, 1);
  engine.rotate(x.columns(0, 3 * headDim), engine.rows(headDim), 1);
  engine.normaliseKeys(x, y, { headDim: size, count: 1 });
  for (const width of [headDim, size]) {
    attendWindow(engine, x.columns(0, width));
    attendTable(engine, x.columns(0, width));
  }
}

function attendWindow(engine: Engine, rows: Rows): void {
  const shape = { heads: 1, headDim: rows.width, window: 5, lookAhead: 1, dilation: [1], sinks: 1, globals: 1 };
  const cache = engine.openWindow(shape);
  for (const count of [1, WARM_UP_ROWS]) {
    const position = cache.newest + 1;
    cache.store(rows, rows, { from: 0, count, kinds: new Uint8Array(count) });
    cache.attend(rows, rows, { from: 0, count, position });
  }
}

function attendTable(engine: Engine, rows: Rows): void {
  const [headDim, slots] = [rows.width, 5];
  const table = engine.openTable({ heads: 1, headDim, slots });
  table.store(rows, rows, { from: 0, count: slots, position: 0 });
  const candidates = engine.candidateLists(1, slots);
  candidates.counts[0] = slots;
  for (let slot = 0; slot < slots; slot++) candidates.slots[candidates.offset + slot] = slot;
  table.attend(rows, rows, { from: 0, count: 1, candidates });
  const lsh = engine.lsh({ heads: 1, headDim, rounds: 1, factors: [2] }, new Float32Array(headDim));
  lsh.file(rows, 1, { buckets: new Int32Array(1), margins: new Float64Array(1) });
}
