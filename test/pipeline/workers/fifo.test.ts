import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../../pipeline/workers/fifo.ts';

describe('Fifo', () => {
  it('gives what was put in, in order, as an array does', () => {
    const steps = fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.nat() }, { weight: 2, arbitrary: fc.constant('shift') }),
      {
        size: 'large',
      },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const fifo = new Fifo<{ readonly value: number }>();
        const array: { readonly value: number }[] = [];
        for (const step of list) {
          if (typeof step === 'number') {
            fifo.push({ value: step });
            array.push({ value: step });
          } else expect(fifo.shift()).toEqual(array.shift());
          expect([fifo.length, fifo.first]).toEqual([array.length, array[0]]);
        }
        expect(fifo.drain()).toEqual(array);
        expect([fifo.length, fifo.shift(), fifo.drain()]).toEqual([0, undefined, []]);
      }),
    );
  });
});
