import type { CandidateRule } from './candidates/candidate-rule.ts';
import type { SharpTruth, Truth } from './truth.ts';
import { TOP } from './truth.ts';

/** How much of full attention the candidates of a rule hold, on average over all queries and heads. */
export interface Sight {
  /** Candidates, one that counts twice being two. */
  readonly candidates: number;
  /** Different tokens among them. */
  readonly keys: number;
  /** Share of the 8 and of the 32 keys with the highest scores that are candidates. */
  readonly recall8: number;
  readonly recall32: number;
}

/** What that does to the attention at one sharpness. */
export interface Loss {
  /** Share of full attention's weight that lies on the candidates. */
  readonly mass: number;
  /** √(Σ |output − full output|² / Σ |full output|²). */
  readonly error: number;
}

/** A judged rule. */
export interface Judgement {
  readonly sight: Sight;
  /** One for each of the sharpened truths. */
  readonly losses: readonly Loss[];
}

/** Runs a rule over all tokens and compares it with the truth at the queries. */
export function judge(truth: Truth, sharp: readonly SharpTruth[], rule: CandidateRule): Judgement {
  const { heads, count } = truth.vectors;
  const rows = truth.queries.length * heads;
  const tally = new SightTally();
  const losses = sharp.map((one) => new LossTally(truth, one));
  const list = new Int32Array(rule.most);
  let next = 0;
  for (let t = 0; t < count; t++) {
    if (t === truth.queries[next]) {
      for (let head = 0; head < heads; head++) {
        const row = next * heads + head;
        const seen = list.subarray(0, rule.list(head, t, list));
        const distinct = new Set(seen);
        tally.add(seen.length, distinct, truth.top.subarray(row * TOP, (row + 1) * TOP));
        for (const loss of losses) loss.add({ row, t }, seen, distinct);
      }
      next += 1;
    }
    rule.file(t);
  }
  return { sight: tally.over(rows), losses: losses.map((loss) => loss.over(rows)) };
}

class SightTally {
  #candidates = 0;
  #keys = 0;
  #hits8 = 0;
  #hits32 = 0;

  add(candidates: number, distinct: ReadonlySet<number>, top: Int32Array): void {
    this.#candidates += candidates;
    this.#keys += distinct.size;
    top.forEach((position, rank) => {
      if (!distinct.has(position)) return;
      this.#hits32 += 1;
      if (rank < 8) this.#hits8 += 1;
    });
  }

  over(rows: number): Sight {
    return {
      candidates: this.#candidates / rows,
      keys: this.#keys / rows,
      recall8: this.#hits8 / (8 * rows),
      recall32: this.#hits32 / (TOP * rows),
    };
  }
}

class LossTally {
  readonly #truth: Truth;
  readonly #sharp: SharpTruth;
  readonly #output: Float64Array;
  #mass = 0;
  #difference = 0;
  #size = 0;

  constructor(truth: Truth, sharp: SharpTruth) {
    this.#truth = truth;
    this.#sharp = sharp;
    this.#output = new Float64Array(truth.vectors.headDim);
  }

  add(at: { readonly row: number; readonly t: number }, seen: Int32Array, distinct: ReadonlySet<number>): void {
    const { headDim, count } = this.#truth.vectors;
    const { sharpness, logSum, outputs } = this.#sharp;
    const scores = this.#truth.scores.subarray(at.row * count, (at.row + 1) * count);
    for (const j of distinct) this.#mass += Math.exp(sharpness * (scores[j] as number) - (logSum[at.row] as number));
    this.#attend(at, seen, scores);
    for (let c = 0; c < headDim; c++) {
      const full = outputs[at.row * headDim + c] as number;
      this.#difference += ((this.#output[c] as number) - full) ** 2;
      this.#size += full ** 2;
    }
  }

  over(rows: number): Loss {
    return { mass: this.#mass / rows, error: Math.sqrt(this.#difference / this.#size) };
  }

  /** One softmax over the candidates; without any a token gets its own value. */
  #attend({ row, t }: { readonly row: number; readonly t: number }, seen: Int32Array, scores: Float32Array): void {
    const { heads, headDim, values } = this.#truth.vectors;
    const out = this.#output.fill(0);
    const add = (j: number, weight: number): void => {
      const v = (j * heads + (row % heads)) * headDim;
      for (let c = 0; c < headDim; c++) out[c] = (out[c] as number) + weight * (values[v + c] as number);
    };
    if (seen.length === 0) {
      add(t, 1);
      return;
    }
    const { sharpness } = this.#sharp;
    const best = seen.reduce((max, j) => Math.max(max, sharpness * (scores[j] as number)), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (const j of seen) {
      const weight = Math.exp(sharpness * (scores[j] as number) - best);
      sum += weight;
      add(j, weight);
    }
    for (let c = 0; c < headDim; c++) out[c] = (out[c] as number) / sum;
  }
}
