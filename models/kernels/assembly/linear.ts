import { multiplyPair } from './linear-pair';
import { multiplyQuad } from './linear-quad';
import { multiplyRow } from './linear-row';

/** Outputs of a panel. */
const PANEL: i32 = 32;

/**
 * out = W x + b for `count` rows. `weight` holds panels of 32 outputs, `[inSize][32]` each, and `bias` as many numbers as
 * the panels have outputs; both are filled up with zeros. Every output starts from its bias and adds W[o, k] x[k] for k = 0, 1, 2, …,
 * however many rows run at once.
 */
export function linear(
  weight: u32,
  bias: u32,
  inSize: i32,
  outSize: i32,
  x: u32,
  xStride: u32,
  out: u32,
  outStride: u32,
  count: i32,
): void {
  let w: usize = (<usize>weight) << 2;
  let b: usize = (<usize>bias) << 2;
  let o: usize = (<usize>out) << 2;
  const xStep: usize = (<usize>xStride) << 2;
  const oStep: usize = (<usize>outStride) << 2;
  const panelBytes: usize = (<usize>inSize) << 7;
  for (let columns = outSize; columns > 0; columns -= PANEL, w += panelBytes, b += 128, o += 128) {
    let at: usize = (<usize>x) << 2;
    let to = o;
    let left = count;
    const width = min(columns, PANEL);
    if (left >= 4) {
      const rows = left & ~3;
      multiplyQuad(w, b, inSize, width, at, xStep, to, oStep, rows);
      at += <usize>rows * xStep;
      to += <usize>rows * oStep;
      left -= rows;
    }
    if (left >= 2) {
      multiplyPair(w, b, inSize, width, at, xStep, to, oStep);
      at += xStep << 1;
      to += oStep << 1;
      left -= 2;
    }
    if (left > 0) multiplyRow(w, b, inSize, width, at, to);
  }
}
