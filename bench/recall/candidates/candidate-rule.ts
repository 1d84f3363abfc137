/**
 * What a token sees by some rule. Tokens come in order: at token t each head is asked for its candidates, then t is filed.
 */
export interface CandidateRule {
  /** The most candidates that a head can have. */
  readonly most: number;
  /**
   * Writes the positions that `head` sees at token `t` to `into` and returns how many; a position that counts twice is
   * written twice.
   */
  list(head: number, t: number, into: Int32Array): number;
  /** Takes token `t` in. */
  file(t: number): void;
}
