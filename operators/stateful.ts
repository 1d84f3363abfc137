import { concat, concatMap, defer, type OperatorFunction } from 'rxjs';

/** What one subscription does with its items; made anew for every subscription. */
export interface Steps<In, Out> {
  /** Results that this item completes, in order. */
  next(item: In): readonly Out[];
  /** Results still owed when the source completes. */
  end(): readonly Out[];
}

/**
 * Makes an operator whose state lives in the subscription. Built from rxjs's own operators, so the subscriber
 * is chained to its destination before the source runs: `take(2)` of a synchronous endless source pulls two.
 * What `next` and `end` throw becomes the error of the result.
 */
export function stateful<In, Out>(open: () => Steps<In, Out>): OperatorFunction<In, Out> {
  return (source) =>
    defer(() => {
      const steps = open();
      return concat(
        source.pipe(concatMap((item) => steps.next(item))),
        defer(() => steps.end()),
      );
    });
}
