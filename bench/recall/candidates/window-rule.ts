import type { CandidateRule } from './candidate-rule.ts';

/** The latest `keys` tokens before a token. */
export class WindowRule implements CandidateRule {
  readonly most: number;

  constructor(keys: number) {
    this.most = keys;
  }

  list(_head: number, t: number, into: Int32Array): number {
    const count = Math.min(t, this.most);
    for (let back = 1; back <= count; back++) into[back - 1] = t - back;
    return count;
  }

  file(): void {}
}
