import { concat, from, NEVER, type OperatorFunction, take, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';

/** What the contract needs to know of an operator: how it answers three items, one at a time. */
export interface OperatorCase<In, Out> {
  readonly operator: () => OperatorFunction<In, Out>;
  /** The items a, b, c. */
  readonly items: readonly [In, In, In];
  /** What each of a, b, c gives, and what the end after c adds. */
  readonly outputs: { readonly a: readonly Out[]; readonly b: readonly Out[]; readonly c: readonly Out[] };
  /** What the end adds after a alone, and after a, b, c. */
  readonly atEnd: { readonly afterA: readonly Out[]; readonly afterC: readonly Out[] };
  /** Items of an endless source that begins with a, b, c. */
  readonly endless: () => Iterable<In>;
  /** How many of them must be pulled for one output. */
  readonly pulledForOne: number;
}

const scheduler = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

/** Holds every operator to the same rules: never, empty, one, many, error, endless, early unsubscribe, second subscription. */
export function describeOperator<In, Out>(name: string, kase: OperatorCase<In, Out>): void {
  const [a, b, c] = kase.items;
  const { outputs, atEnd } = kase;
  /** Marbles of a group of outputs in one frame, padded to ten frames, and their values. */
  const marbles = (groups: readonly (readonly Out[])[], end: (last: string) => string) => {
    const values: Record<string, Out> = {};
    const label = (out: Out): string => {
      const key = String.fromCharCode(65 + Object.keys(values).length);
      values[key] = out;
      return key;
    };
    const texts = groups.map((outs, i) => {
      const labels = outs.map(label).join('');
      return i === groups.length - 1 ? end(labels) : padded(labels);
    });
    return { texts: texts.join(''), values };
  };

  describe(`${name}, as an operator`, () => {
    it('never answers a source that never emits', () => {
      scheduler().run(({ cold, expectObservable }) => {
        expectObservable(cold<In>('-').pipe(kase.operator())).toBe('-');
        expectObservable(NEVER.pipe(kase.operator())).toBe('-');
      });
    });

    it('completes empty on an empty source', () => {
      scheduler().run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold<In>('---|');
        expectObservable(source.pipe(kase.operator())).toBe('---|');
        expectObservable(from<In[]>([]).pipe(kase.operator())).toBe('|');
        expectSubscriptions(source.subscriptions).toBe('^--!');
      });
    });

    it('answers one item and the end', () => {
      const { texts, values } = marbles([outputs.a, atEnd.afterA], (last) => grouped(`${last}|`));
      scheduler().run(({ cold, expectObservable }) => {
        expectObservable(cold(`a${' 9ms '}|`, { a }).pipe(kase.operator())).toBe(texts, values);
      });
    });

    it('answers many items in order and at once', () => {
      const { texts, values } = marbles([outputs.a, outputs.b, outputs.c, atEnd.afterC], (last) => grouped(`${last}|`));
      scheduler().run(({ cold, expectObservable }) => {
        expectObservable(cold('a 9ms b 9ms c 9ms |', { a, b, c }).pipe(kase.operator())).toBe(texts, values);
      });
    });

    it('passes an error on after what came before it, and owes nothing then', () => {
      const { texts, values } = marbles([outputs.a, []], () => '#');
      scheduler().run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('a 9ms #', { a }, 'fault');
        expectObservable(source.pipe(kase.operator())).toBe(texts, values, 'fault');
        expectSubscriptions(source.subscriptions).toBe('^ 9ms !');
      });
    });

    it('leaves the source when it is unsubscribed early', () => {
      const { texts, values } = marbles([outputs.a, outputs.b, []], () => '-');
      scheduler().run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('a 9ms b 9ms c 9ms |', { a, b, c });
        expectObservable(source.pipe(kase.operator()), '^ 14ms !').toBe(texts, values);
        expectSubscriptions(source.subscriptions).toBe('^ 14ms !');
      });
    });

    it('stops an endless synchronous source when no more is wanted', () => {
      let pulled = 0;
      const got: Out[] = [];
      from(kase.endless())
        .pipe(
          tap(() => pulled++),
          kase.operator(),
          take(1),
        )
        .subscribe((out) => got.push(out));
      expect(got.length).toBe(1);
      expect(pulled).toBe(kase.pulledForOne);
    });

    it('begins anew for every subscription', () => {
      const result = concat(from([a]), NEVER).pipe(kase.operator());
      const first: Out[] = [];
      const second: Out[] = [];
      result.subscribe((out) => first.push(out)).unsubscribe();
      result.subscribe((out) => second.push(out)).unsubscribe();
      expect(first).toEqual(outputs.a);
      expect(second).toEqual(first);
    });
  });
}

/** Ten frames that begin with these emissions at once. */
function padded(labels: string): string {
  if (labels.length === 0) return ' 10ms ';
  const text = grouped(labels);
  return `${text} ${10 - text.length}ms `;
}

/** Emissions of one frame; a group takes as many frames as it has characters. */
function grouped(labels: string): string {
  return labels.length === 1 ? labels : `(${labels})`;
}
