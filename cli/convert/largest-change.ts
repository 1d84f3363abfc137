import { type EncoderModel, toModelFile } from '../../models/index.ts';

/** The weight that differs most between two models, and by how much; 0 where they are equal. */
export interface LargestChange {
  /** Name in the single-file form. */
  readonly tensor: string;
  readonly change: number;
}

/** Compares the weights of two models, heads included; Infinity where a tensor has another shape. */
export function largestChange(before: EncoderModel, after: EncoderModel): LargestChange {
  const other = toModelFile(after).tensors;
  let largest: LargestChange = { tensor: '', change: 0 };
  for (const [tensor, { values }] of toModelFile(before).tensors) {
    const changed = other.get(tensor)?.values;
    if (changed?.length !== values.length) return { tensor, change: Number.POSITIVE_INFINITY };
    let change = 0;
    for (let i = 0; i < values.length; i++) {
      change = Math.max(change, Math.abs((values[i] as number) - (changed[i] as number)));
    }
    if (change > largest.change) largest = { tensor, change };
  }
  return largest;
}
