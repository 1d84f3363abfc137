import fc from 'fast-check';
import { config, lastValueFrom, map, take, tap, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Source } from '../../core/index.ts';
import { type Credited, pullValues } from '../../operators/index.ts';
import { ControlledSource, settled } from './controlled-source.ts';

/** Collects what a pull gives and how it ends. */
function observed(source: Source<number> | AsyncIterable<number>, options: Parameters<typeof pullValues<number>>[1]) {
  const got: Credited<number>[] = [];
  const ends: unknown[] = [];
  const subscription = pullValues(source, options).subscribe({
    next: (item) => got.push(item),
    error: (error: unknown) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  return { got, ends, subscription };
}

describe('pullValues', () => {
  it('reads no more than it has credit for', async () => {
    const source = new ControlledSource(100);
    const { got, subscription } = observed(source, { credits: 3 });
    await settled();
    expect(source.read).toBe(3);
    expect(got.map(({ value }) => value)).toEqual([0, 1, 2]);
    subscription.unsubscribe();
  });

  it('reads one more for every ack, and nothing for an ack that is repeated', async () => {
    const source = new ControlledSource(100);
    const { got, subscription } = observed(source, { credits: 2 });
    await settled();
    got[1]?.ack();
    got[1]?.ack();
    await settled();
    expect(source.read).toBe(3);
    subscription.unsubscribe();
  });

  it('reads one at a time and keeps the order', async () => {
    const source = new ControlledSource(50);
    const values = pullValues(source, { credits: 8 }).pipe(
      tap(({ ack }) => ack()),
      map(({ value }) => value),
      toArray(),
    );
    expect(await lastValueFrom(values)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(source.mostReads).toBe(1);
  });

  it('does not grow the stack when every ack comes inside the emission', async () => {
    const source = new ControlledSource(20_000);
    const last = lastValueFrom(pullValues(source, { credits: 1 }).pipe(tap(({ ack }) => ack())));
    expect((await last).value).toBe(19_999);
  });

  it('never has more under way than the credits, in whatever order the acks come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat(4)), async (credits, picks) => {
        const source = new ControlledSource(12);
        const open: Credited<number>[] = [];
        let most = 0;
        let seen = 0;
        const done = lastValueFrom(
          pullValues(source, { credits }).pipe(
            tap((item) => {
              open.push(item);
              seen += 1;
              most = Math.max(most, open.length);
            }),
          ),
        );
        while (seen < 12) {
          await settled();
          const pick = picks.next().value % Math.max(1, open.length);
          open.splice(pick, 1)[0]?.ack();
        }
        await done;
        expect(most).toBeLessThanOrEqual(credits);
      }),
      { numRuns: 30 },
    );
  });

  it('stops at `maxBytes` before the credits are used up', async () => {
    const source = new ControlledSource(100);
    const { got, subscription } = observed(source, { credits: 50, maxBytes: 250, sizeOf: () => 100 });
    await settled();
    expect(source.read).toBe(3); // 200 bytes are below the limit, 300 are not
    got[0]?.ack();
    await settled();
    expect(source.read).toBe(4);
    subscription.unsubscribe();
  });

  it('completes with the source, also while acks are open', async () => {
    const { ends, got } = observed(new ControlledSource(2), { credits: 5 });
    await settled();
    expect(got.length).toBe(2);
    expect(ends).toEqual(['complete']);
  });

  it('completes empty on an empty source', async () => {
    const { ends, got } = observed(new ControlledSource(0), { credits: 1 });
    await settled();
    expect([got.length, ends]).toEqual([0, ['complete']]);
  });

  it('passes the error of the source on after its values', async () => {
    const fault = new RangeError('broken');
    const source = new ControlledSource(2, fault);
    const { ends, got } = observed(source, { credits: 5 });
    await settled();
    expect(got.map(({ value }) => value)).toEqual([0, 1]);
    expect(ends).toEqual([fault]);
    expect(source.returns).toBe(0); // an iterator that threw is over
  });

  it('aborts and releases the source when it is unsubscribed', async () => {
    const source = new ControlledSource(100);
    const { subscription, ends } = observed(source, { credits: 1 });
    await settled();
    subscription.unsubscribe();
    await settled();
    expect(source).toMatchObject({ read: 1, returns: 1, signal: { aborted: true } });
    expect(ends).toEqual([]);
  });

  it('stops an endless source when no more is wanted', async () => {
    const source = new ControlledSource(Number.POSITIVE_INFINITY);
    await lastValueFrom(
      pullValues(source, { credits: 4 }).pipe(
        tap(({ ack }) => ack()),
        take(2),
      ),
    );
    await settled();
    expect(source).toMatchObject({ read: 2, returns: 1 });
  });

  it('releases a source whose read never ends', async () => {
    let returned = false;
    const never: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          returned = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const { subscription, got, ends } = observed(never, { credits: 1 });
    await settled();
    subscription.unsubscribe();
    expect([returned, got.length, ends.length]).toEqual([true, 0, 0]);
  });

  it('completes and releases the source when the caller aborts while it waits for credit', async () => {
    const source = new ControlledSource(100);
    const stop = new AbortController();
    const { ends } = observed(source, { credits: 1, signal: stop.signal });
    await settled();
    stop.abort();
    await settled();
    expect(ends).toEqual(['complete']);
    expect(source).toMatchObject({ read: 1, returns: 1, signal: { aborted: true } });
  });

  it('reads nothing when the caller aborted before', async () => {
    const source = new ControlledSource(100);
    const { ends } = observed(source, { credits: 1, signal: AbortSignal.abort() });
    await settled();
    expect([source.read, ends]).toEqual([0, ['complete']]);
  });

  it('opens the source anew for every subscription', async () => {
    const source = new ControlledSource(3);
    const opened = vi.spyOn(source, 'open');
    const pulled = pullValues(source, { credits: 1 });
    expect(opened).not.toHaveBeenCalled();
    pulled.subscribe().unsubscribe();
    pulled.subscribe().unsubscribe();
    await settled();
    expect(opened).toHaveBeenCalledTimes(2);
  });

  it('passes on what `sizeOf` or `open` throws', async () => {
    const fault = new RangeError('mine');
    const fail = (): never => {
      throw fault;
    };
    const source = new ControlledSource(3);
    const sized = observed(source, { credits: 1, maxBytes: 1, sizeOf: fail });
    const opened = observed({ name: 'broken', open: fail }, { credits: 1 });
    await settled();
    expect(sized.ends).toEqual([fault]);
    expect(source.returns).toBe(1);
    expect(opened.ends).toEqual([fault]);
  });

  it('reports a source that fails while it is released after an unsubscribe', async () => {
    const fault = new RangeError('stuck');
    const source = new ControlledSource(3);
    const iterable: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => source.open()[Symbol.asyncIterator]().next(),
        return: () => Promise.reject(fault),
      }),
    };
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => reported.push(error);
    try {
      observed(iterable, { credits: 1 }).subscription.unsubscribe();
      await settled();
    } finally {
      config.onUnhandledError = null;
    }
    expect(reported).toEqual([fault]);
  });

  it.each([
    [{ credits: 0 }, /`credits` to be an integer in 1..65536, got 0/],
    [{ credits: 1, maxBytes: 0, sizeOf: () => 1 }, /`maxBytes`/],
    [{ credits: 1, maxBytes: 10 }, /`sizeOf` to be given/],
  ])('refuses the options %j when it is made', (options, message) => {
    expect(() => pullValues(new ControlledSource(1), options)).toThrow(message);
  });
});
