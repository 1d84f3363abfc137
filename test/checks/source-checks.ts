import { describe, expect, it } from 'vitest';
import { LongwaveError, type Source } from '../../core/index.ts';

/** One source to be checked, and what the check may know of its input. */
export interface SourceUnderTest<T> {
  readonly source: Source<T>;
  /** Pieces that have been pulled from the input so far; left out for files. */
  readonly pulled?: () => number;
  /** Whether the input has been closed; left out where nobody can tell. */
  readonly released?: () => boolean;
}

/** A kind of source. Each call makes a fresh one. */
export interface SourceCase<T> {
  readonly name: string;
  /** A source over an input of many pieces, at least 50 where pieces are counted. */
  readonly make: () => SourceUnderTest<T>;
  /** Everything that `make` gives, in a form that does not depend on how it is cut into items. */
  readonly content: (items: readonly T[]) => unknown;
  readonly expected: unknown;
  /** Most pieces that may be pulled for one item. */
  readonly piecesPerItem: number;
  /** A source whose input says nothing after a first part that makes one item. */
  readonly makeSilent?: () => SourceUnderTest<T>;
  /** A source over a faulty input, with the code of its error. */
  readonly makeFaulty?: () => { readonly source: Source<T>; readonly code: string };
}

/** The contract of every `Source`: pulled, endable, released, typed. */
export function checkSource<T>(testCase: SourceCase<T>): void {
  describe(`${testCase.name} as a source`, () => {
    it('gives everything in order and ends', async () => {
      expect(testCase.content(await everything(testCase.make().source))).toEqual(testCase.expected);
    });

    it('reads nothing before the first item is asked for', async () => {
      const { source, pulled } = testCase.make();
      source.open();
      await turns();
      expect(pulled?.() ?? 0).toBe(0);
    });

    it('reads only for the item that is asked for', async () => {
      const { source, pulled } = testCase.make();
      const iterator = source.open()[Symbol.asyncIterator]();
      for (let item = 1; item <= 3; item++) {
        await iterator.next();
        await turns();
        expect(pulled?.() ?? 0).toBeLessThanOrEqual(item * testCase.piecesPerItem);
      }
      await iterator.return?.();
    });

    it('releases its input at the end and when it is left early', async () => {
      const whole = testCase.make();
      await everything(whole.source);
      expect(whole.released?.() ?? true).toBe(true);
      const left = testCase.make();
      for await (const _ of left.source.open()) break;
      expect(left.released?.() ?? true).toBe(true);
    });

    it('gives nothing when the signal was aborted before', async () => {
      expect(await everything(testCase.make().source, AbortSignal.abort())).toEqual([]);
    });

    it('ends and releases its input when the signal aborts between two items', async () => {
      const stop = new AbortController();
      const { source, released } = testCase.make();
      let items = 0;
      for await (const _ of source.open(stop.signal)) {
        items++;
        stop.abort();
      }
      expect(items).toBeGreaterThan(0);
      expect(released?.() ?? true).toBe(true);
    });

    const { makeSilent, makeFaulty } = testCase;
    if (makeSilent !== undefined) {
      it('ends when the signal aborts while the input is silent', async () => {
        const stop = new AbortController();
        const { source } = makeSilent();
        const iterator = source.open(stop.signal)[Symbol.asyncIterator]();
        expect((await iterator.next()).done).not.toBe(true);
        const pending = iterator.next();
        await turns();
        stop.abort();
        expect((await pending).done).toBe(true);
      });
    }

    if (makeFaulty !== undefined) {
      it('throws a typed error, and only ends after it', async () => {
        const { source, code } = makeFaulty();
        const iterator = source.open()[Symbol.asyncIterator]();
        const error = await drained(iterator);
        expect(error).toBeInstanceOf(LongwaveError);
        expect(error).toMatchObject({ code });
        expect(await iterator.next()).toEqual({ done: true, value: undefined });
      });
    }
  });
}

async function everything<T>(source: Source<T>, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source.open(signal)) items.push(item);
  return items;
}

async function drained<T>(iterator: AsyncIterator<T>): Promise<unknown> {
  try {
    while ((await iterator.next()).done !== true);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Lets everything run that is ready to run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
