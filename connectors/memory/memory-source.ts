import type { Source } from '../../core/index.ts';
import { untilAborted } from '../bytes/index.ts';

/**
 * A source over items in memory, one pulled for one that is asked for. Each `open` begins anew where `items`
 * can be iterated anew (an array).
 * @example
 * for await (const item of memorySource([1, 2]).open()) console.log(item); // 1 2
 */
export function memorySource<T>(items: Iterable<T> | AsyncIterable<T>, name = 'memory'): Source<T> {
  return { name, open: (signal) => untilAborted(oneByOne(items), signal) };
}

async function* oneByOne<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}
