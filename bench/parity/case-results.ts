/** Results of a case by name, in the shape of the reference; NaN where nothing is to be compared. */
export interface CaseResults {
  readonly offline: ReadonlyMap<string, Float64Array>;
  /** What a stream gives, token by token and in random pushes; absent when no sequence of the case can be streamed. */
  readonly streamed?: readonly ReadonlyMap<string, Float64Array>[];
  /** Why nothing was streamed. */
  readonly noStream?: string;
  /** What to call the results that are not streamed. Default `offline`. */
  readonly name?: string;
}
