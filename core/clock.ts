/** Where wall-clock time comes from; injected so that tests and replays choose it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** The machine's clock. Not for operators or models: their time is the sample index or event time. */
export const systemClock: Clock = { now: () => Date.now() };
