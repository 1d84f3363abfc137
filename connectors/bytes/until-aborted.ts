const ABORTED = Symbol('aborted');

/**
 * The same items, but the iteration ends as soon as the signal aborts, even while an item is awaited: a pipe
 * that stays silent does not hold the program. One item is pulled for one that is asked for.
 */
export async function* untilAborted<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  if (isAborted(signal)) return;
  const iterator = items[Symbol.asyncIterator]();
  let release = (): void => undefined;
  const aborted = new Promise<typeof ABORTED>((resolve) => {
    const stop = (): void => resolve(ABORTED);
    signal?.addEventListener('abort', stop, { once: true });
    release = () => signal?.removeEventListener('abort', stop);
  });
  let waiting = false;
  try {
    for (;;) {
      waiting = true;
      const pending = iterator.next();
      const next = signal === undefined ? await pending : await Promise.race([pending, aborted]);
      if (next === ABORTED) {
        // The other side may still settle with an error that nobody waits for any more.
        pending.catch(() => undefined);
        return;
      }
      waiting = false;
      if (next.done === true) return;
      yield next.value;
      if (isAborted(signal)) return;
    }
  } finally {
    release();
    await close(items, iterator, waiting);
  }
}

/** A call, because the compiler takes a property that was false once for false ever after. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** A generator that is waiting queues its `return()` behind the wait, so that one must not be awaited. */
async function close<T>(items: AsyncIterable<T>, iterator: AsyncIterator<T>, waiting: boolean): Promise<void> {
  if (!waiting) {
    await iterator.return?.();
    return;
  }
  if ('destroy' in items && typeof items.destroy === 'function') items.destroy();
  iterator.return?.()?.then(undefined, () => undefined);
}
