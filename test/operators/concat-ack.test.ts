import { from, NEVER, of, Subject, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { concatAck } from '../../operators/index.ts';
import { describeOperator } from './operator-contract.ts';

interface Item {
  readonly name: string;
  readonly ack?: () => void;
}

describeOperator<Item, string>('concatAck', {
  operator: () => concatAck(({ name }) => of(`${name}1`, `${name}2`)),
  items: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
  outputs: { a: ['a1', 'a2'], b: ['b1', 'b2'], c: ['c1', 'c2'] },
  atEnd: { afterA: [], afterC: [] },
  *endless() {
    for (;;) yield { name: 'x' };
  },
  pulledForOne: 1,
});

describe('concatAck', () => {
  it('works on one item after another and acknowledges each when its work has completed', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, flush, expectObservable }) => {
        const events: string[] = [];
        const item = (name: string): Item => ({ name, ack: () => events.push(`ack ${name}`) });
        const source = cold('(ab|)', { a: item('a'), b: item('b') });
        const work = concatAck(({ name }: Item) => {
          events.push(`start ${name}`);
          return cold('--r|', { r: name });
        });
        expectObservable(source.pipe(work)).toBe('--A--B|', { A: 'a', B: 'b' });
        flush();
        expect(events).toEqual(['start a', 'ack a', 'start b', 'ack b']);
      },
    );
  });

  it('does not acknowledge what failed', () => {
    let acks = 0;
    const errors: unknown[] = [];
    const failing = concatAck(() => throwError(() => 'fault'));
    from([{ ack: () => void acks++ }])
      .pipe(failing)
      .subscribe({ error: (error) => errors.push(error) });
    expect([acks, errors]).toEqual([0, ['fault']]);
  });

  it('does not acknowledge what was unsubscribed', () => {
    let acks = 0;
    from([{ ack: () => void acks++ }])
      .pipe(concatAck(() => NEVER))
      .subscribe()
      .unsubscribe();
    expect(acks).toBe(0);
  });

  it('passes on what the projection or the ack throws', () => {
    const errors: unknown[] = [];
    const fail = (): never => {
      throw 'mine';
    };
    from([{}])
      .pipe(concatAck(fail))
      .subscribe({ error: (error) => errors.push(error) });
    from([{ ack: fail }])
      .pipe(concatAck(() => of(1)))
      .subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual(['mine', 'mine']);
  });

  it('acknowledges work that gives no value', () => {
    let acks = 0;
    const work = new Subject<never>();
    from([{ ack: () => void acks++ }])
      .pipe(concatAck(() => work))
      .subscribe();
    expect(acks).toBe(0);
    work.complete();
    expect(acks).toBe(1);
  });
});
