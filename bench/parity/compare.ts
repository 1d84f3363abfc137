import type { Safetensors } from '../../models/index.ts';
import type { CompareRow, ParityCase } from './parity-case.ts';

/** How far one result is from its reference. */
export interface Comparison extends CompareRow {
  /** Largest absolute difference over the places that are compared. */
  readonly difference: number;
  /** Places compared. */
  readonly count: number;
}

/**
 * Compares results with the references of a case, row by row. A row whose result is absent gets a difference of
 * infinity; places of a result that are NaN are left out.
 */
export function compareRows(
  parity: ParityCase,
  rows: readonly CompareRow[],
  results: ReadonlyMap<string, Float64Array>,
): Comparison[] {
  return rows.map((row) => {
    const ours = results.get(row.result);
    const reference = readReference(parity.tensors, row.reference);
    if (ours === undefined || reference.length !== ours.length) {
      return { ...row, difference: Number.POSITIVE_INFINITY, count: 0 };
    }
    let difference = 0;
    let count = 0;
    ours.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      const gap = Math.abs(value - (reference[i] as number));
      // A reference that is NaN would otherwise compare as equal to anything.
      difference = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : Math.max(difference, gap);
      count += 1;
    });
    return { ...row, difference: count === 0 ? Number.POSITIVE_INFINITY : difference, count };
  });
}

function readReference(tensors: Safetensors, name: string): ArrayLike<number> {
  switch (tensors.tensors.get(name)?.dtype) {
    case 'F64':
      return tensors.readFloat64(name);
    case 'I32':
    case 'I64':
      return tensors.readIntegers(name);
    default:
      return tensors.read(name);
  }
}
