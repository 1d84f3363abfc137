import { concatMap, from, type ObservableInput, type OperatorFunction, tap } from 'rxjs';
import type { Acknowledgeable } from './pull.ts';

/**
 * As `concatMap`, and calls each item's `ack` when its projection has completed: the end of a chain that `pull`
 * or `pullValues` began. Work is done in order, one item at a time. What fails or is unsubscribed stays unacknowledged.
 * @param project gives the work of an item, e.g. a promise or an observable; its values are passed on.
 * @example
 * pull(source, { credits: 4 }).pipe(concatAck(async (chunk) => sink.write([await judge(chunk)])));
 */
export function concatAck<T extends Acknowledgeable, R>(
  project: (item: T) => ObservableInput<R>,
): OperatorFunction<T, R> {
  return concatMap((item: T) => from(project(item)).pipe(tap({ complete: () => item.ack?.() })));
}
