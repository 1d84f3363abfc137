import { InputError } from '../../core/index.ts';
import type { LayerTrace } from '../../models/index.ts';
import type { ParityCase } from './parity-case.ts';

/** Which rows of a sequence go where. */
export interface RowRule {
  /** Index of the sequence in the batch. */
  readonly b: number;
  readonly width: number;
  /** Kinds of the rows; masked ones are not compared. */
  readonly kinds: Uint8Array;
  /** Also masked rows. Default false. */
  readonly masked?: boolean;
}

/** Collects results in the shapes of their references; NaN marks places that are not compared. */
export class Results {
  readonly values = new Map<string, Float64Array>();
  readonly #parity: ParityCase;

  constructor(parity: ParityCase) {
    this.#parity = parity;
  }

  /** Rows `[n, width]` of sequence `b` into a reference `[B, at least n, width]`. */
  rows(name: string, values: Float32Array, rule: RowRule): void {
    const target = this.#target(name);
    if (target === undefined) return;
    const perSequence = target.values.length / (target.shape[0] as number);
    const padded = this.#parity.sidecar.padded_length;
    const rows = perSequence / rule.width;
    const isWide = rule.width === 1 || target.shape.at(-1) === rule.width;
    if (!isWide || (rows !== rule.kinds.length && rows !== padded)) {
      throw mismatch(name, `${rule.kinds.length} rows of ${rule.width} for each sequence`, target.shape);
    }
    rule.kinds.forEach((kind, t) => {
      if (kind === 0 && rule.masked !== true) return;
      for (let c = 0; c < rule.width; c++) {
        target.values[rule.b * perSequence + t * rule.width + c] = finite(name, values[t * rule.width + c] as number);
      }
    });
  }

  /** Probabilities of local queries into `[B, heads, n, columns + window + 1]`; prefix columns that are not used are 0. */
  attention(
    name: string,
    trace: LayerTrace,
    rule: { readonly b: number; readonly heads: number; readonly kinds: Uint8Array; readonly columns: number },
  ): void {
    const target = this.#target(name);
    if (target === undefined) return;
    const [, heads = 0, count = 0, wide = 0] = target.shape;
    const own = trace.attention.length / (rule.kinds.length * heads);
    for (let head = 0; head < heads; head++) {
      for (let t = 0; t < rule.kinds.length; t++) {
        if (rule.kinds[t] === 0) continue;
        for (let column = 0; column < wide; column++) {
          const from = column < rule.columns ? column : column - rule.columns + trace.pinned;
          const unused = column < rule.columns && column >= trace.pinned;
          const value = unused ? 0 : (trace.attention[(t * heads + head) * own + from] as number);
          target.values[((rule.b * heads + head) * count + t) * wide + column] = finite(name, value);
        }
      }
    }
  }

  /** Probabilities of globals into `[B, heads, at least n, globals]`; columns that the sequence does not use are left out. */
  globalAttention(
    name: string,
    trace: LayerTrace,
    rule: { readonly b: number; readonly heads: number; readonly kinds: Uint8Array },
  ): void {
    const target = this.#target(name);
    if (target === undefined) return;
    const [, heads = 0, padded = 0, columns = 0] = target.shape;
    const count = rule.kinds.length;
    for (let global = 0; global < trace.pinned; global++) {
      for (let head = 0; head < heads; head++) {
        for (let t = 0; t < count; t++) {
          const value = trace.globalAttention[(global * heads + head) * count + t] as number;
          target.values[((rule.b * heads + head) * padded + t) * columns + global] = finite(name, value);
        }
      }
    }
  }

  /** All numbers of sequence `b`, in the layout of the reference `[B, …]`. */
  whole(name: string, values: Float32Array | Int32Array | undefined, b: number): void {
    const target = values === undefined ? undefined : this.#target(name);
    if (target === undefined || values === undefined) return;
    const perSequence = target.values.length / (target.shape[0] as number);
    if (values.length !== perSequence) throw mismatch(name, `${values.length} numbers for each sequence`, target.shape);
    values.forEach((value, i) => {
      target.values[b * perSequence + i] = finite(name, value);
    });
  }

  /** The array of a result, in the shape of its reference; nothing when the case does not ask for it. */
  #target(name: string): { readonly values: Float64Array; readonly shape: readonly number[] } | undefined {
    const row = this.#parity.rows.find(({ result }) => result === name);
    const shape = row === undefined ? undefined : this.#parity.tensors.tensors.get(row.reference)?.shape;
    if (shape === undefined) return undefined;
    let values = this.values.get(name);
    if (values === undefined) {
      values = new Float64Array(shape.reduce((product, size) => product * size, 1)).fill(Number.NaN);
      this.values.set(name, values);
    }
    return { values, shape };
  }
}

/** Mean cross entropy of `logits` `[n, classes]` against `labels` `[n]`, over labels that are not −100. */
export function meanCrossEntropy(logits: Float64Array, labels: ArrayLike<number>): number {
  const classes = logits.length / labels.length;
  let sum = 0;
  let count = 0;
  for (let t = 0; t < labels.length; t++) {
    const label = labels[t] as number;
    if (label === -100) continue;
    const row = logits.subarray(t * classes, (t + 1) * classes);
    const max = row.reduce((a, b) => Math.max(a, b));
    sum += Math.log(row.reduce((total, value) => total + Math.exp(value - max), 0)) + max - (row[label] as number);
    count += 1;
  }
  return sum / count;
}

function mismatch(name: string, expected: string, shape: readonly number[]): InputError {
  return new InputError(
    'INPUT_UNREADABLE',
    `Expected the reference of \`${name}\` to hold ${expected}, got shape [${shape.join(', ')}]`,
  );
}

function finite(name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new InputError('VALUE_NOT_FINITE', `Expected \`${name}\` to be finite, got ${value}`);
}
