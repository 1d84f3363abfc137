/** A place that data comes from. It is *pulled*: nothing is read before the consumer asks. */
export interface Source<T> {
  /** Name for messages, such as a path or `kafka:topic`. */
  readonly name: string;
  /**
   * Starts reading. The iterator reads only when `next()` is called, ends when the input ends or the
   * signal aborts, releases everything on `return()`, and throws typed errors.
   */
  open(signal?: AbortSignal): AsyncIterable<T>;
}

/** A place that results go to. */
export interface Sink<T> {
  readonly name: string;
  /**
   * Writes items in order; resolves when they are taken (written to the file or stream, acknowledged by the broker).
   * Calls do not overlap.
   * @throws ConnectorError
   */
  write(items: readonly T[]): Promise<void>;
  /**
   * Releases after a fault upstream, without putting an unfinished result in the place of a finished one. Where it is
   * missing, `close` does.
   */
  abandon?(): Promise<void>;
  /** Flushes and releases; resolves when everything is out. Closing twice does nothing. */
  close(): Promise<void>;
}
