import fc from 'fast-check';
import { from, lastValueFrom, of, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import {
  type EventTimeWindowOptions,
  type EventWindow,
  eventTimeWindow,
  type LateEvent,
} from '../../operators/index.ts';
import { describeOperator } from './operator-contract.ts';

interface Event {
  readonly timeMs: number;
  readonly id: string;
}

const event = (timeMs: number, id = `at ${timeMs}`): Event => ({ timeMs, id });
const timeOf = (e: Event): number => e.timeMs;
const window = (startMs: number, endMs: number, items: Event[], lateTotal = 0): EventWindow<Event> => ({
  startMs,
  endMs,
  items,
  lateTotal,
});

function* endless(): Generator<Event> {
  for (let i = 0; ; i++) yield event(10 * i);
}

describeOperator('eventTimeWindow, tumbling', {
  operator: () => eventTimeWindow({ timeOf, durationMs: 10, onLate: 'error' }),
  items: [event(1), event(25), event(30)],
  outputs: { a: [], b: [window(0, 10, [event(1)])], c: [window(20, 30, [event(25)])] },
  atEnd: { afterA: [window(0, 10, [event(1)])], afterC: [window(30, 40, [event(30)])] },
  endless,
  pulledForOne: 2,
});

describeOperator('eventTimeWindow, hopping with grace', {
  operator: () => eventTimeWindow({ timeOf, durationMs: 10, stepMs: 5, graceMs: 5, onLate: 'error' }),
  items: [event(6), event(12), event(21)],
  outputs: {
    a: [],
    b: [],
    c: [window(0, 10, [event(6)]), window(5, 15, [event(6), event(12)])],
  },
  atEnd: {
    afterA: [window(0, 10, [event(6)]), window(5, 15, [event(6)])],
    afterC: [window(10, 20, [event(12)]), window(15, 25, [event(21)]), window(20, 30, [event(21)])],
  },
  endless,
  pulledForOne: 2,
});

const windowsOf = (events: readonly Event[], options: Omit<EventTimeWindowOptions<Event>, 'timeOf'>) =>
  lastValueFrom(from(events).pipe(eventTimeWindow({ timeOf, ...options }), toArray()));

/** Every window from the definition: sort, then take the events of each aligned span. */
function byDefinition(events: readonly Event[], durationMs: number, stepMs: number): EventWindow<Event>[] {
  const sorted = [...events].sort((a, b) => a.timeMs - b.timeMs);
  const windows: EventWindow<Event>[] = [];
  for (let start = -600 - (-600 % stepMs); start <= 600; start += stepMs) {
    const items = sorted.filter((e) => e.timeMs >= start && e.timeMs < start + durationMs);
    if (items.length > 0) windows.push(window(start, start + durationMs, items));
  }
  return windows;
}

/** Events in which none lags the latest before it by more than the grace. */
const withinGrace = (graceMs: number) =>
  fc.array(fc.record({ ahead: fc.nat(30), lag: fc.nat(graceMs) }), { maxLength: 15 }).map((steps) => {
    let latest = -100;
    return steps.map(({ ahead, lag }, i) => {
      latest += ahead;
      return event(latest - lag, `#${i}`);
    });
  });

describe('eventTimeWindow', () => {
  it('equals the definition on input out of order within the grace', async () => {
    const cases = fc.integer({ min: 0, max: 40 }).chain((graceMs) =>
      fc.record({
        graceMs: fc.constant(graceMs),
        stepMs: fc.integer({ min: 1, max: 20 }),
        overlap: fc.integer({ min: 0, max: 30 }),
        events: withinGrace(graceMs),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ graceMs, stepMs, overlap, events }) => {
        const durationMs = stepMs + overlap;
        const made = await windowsOf(events, { durationMs, stepMs, graceMs, onLate: 'error' });
        expect(made).toEqual(byDefinition(events, durationMs, stepMs));
      }),
    );
  });

  it('emits or reports every event, however late', async () => {
    const times = fc.array(fc.integer({ min: -200, max: 200 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(times, fc.nat(20), async (eventTimes, graceMs) => {
        const events = eventTimes.map((timeMs, i) => event(timeMs, `#${i}`));
        const late: Event[] = [];
        const made = await windowsOf(events, { durationMs: 10, graceMs, onLate: ({ item }) => late.push(item) });
        const seen = [...made.flatMap((w) => w.items), ...late].map((e) => e.id).sort();
        expect(seen).toEqual(events.map((e) => e.id).sort());
        expect(made.at(-1)?.lateTotal ?? 0).toBe(late.length);
      }),
    );
  });

  it('closes a window when the watermark reaches its end, not before', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ cold, expectObservable }) => {
      const source = cold('abc-', { a: event(3), b: event(14), c: event(15) });
      expectObservable(source.pipe(eventTimeWindow({ timeOf, durationMs: 10, graceMs: 5, onLate: 'error' }))).toBe(
        '--W-',
        { W: window(0, 10, [event(3)]) },
      );
    });
  });

  it('keeps the order of arrival among equal times', async () => {
    const [made] = await windowsOf([event(5, 'b'), event(5, 'a'), event(4, 'c')], {
      durationMs: 10,
      graceMs: 9,
      onLate: 'error',
    });
    expect(made?.items.map((e) => e.id)).toEqual(['c', 'b', 'a']);
  });

  it('gives a late event to the callback, with the windows that it missed, and still counts it in the others', async () => {
    const late: LateEvent<Event>[] = [];
    const events = [event(12), event(7)];
    const made = await windowsOf(events, { durationMs: 10, stepMs: 5, onLate: (e) => late.push(e) });
    expect(late).toEqual([{ item: event(7), timeMs: 7, watermarkMs: 12, missedStartsMs: [0] }]);
    expect(made).toEqual([window(5, 15, [event(7), event(12)], 1), window(10, 20, [event(12)], 1)]);
  });

  it('counts late events with `drop`', async () => {
    const made = await windowsOf([event(30), event(1), event(2)], { durationMs: 10, onLate: 'drop' });
    expect(made).toEqual([window(30, 40, [event(30)], 2)]);
  });

  it('ends with LateEventError with `error`', async () => {
    const outcome = windowsOf([event(30), event(1)], { durationMs: 10, onLate: 'error' });
    await expect(outcome).rejects.toMatchObject({ name: 'LateEventError', code: 'LATE_EVENT' });
  });

  it('passes on what the callbacks throw', async () => {
    const fault = new RangeError('mine');
    const fail = (): never => {
      throw fault;
    };
    await expect(windowsOf([event(30), event(1)], { durationMs: 10, onLate: fail })).rejects.toBe(fault);
    const broken = of(event(1)).pipe(eventTimeWindow({ timeOf: fail, durationMs: 10, onLate: 'drop' }));
    await expect(lastValueFrom(broken)).rejects.toBe(fault);
  });

  it('refuses an event time that is not finite', async () => {
    const outcome = windowsOf([event(Number.NaN)], { durationMs: 10, onLate: 'drop' });
    await expect(outcome).rejects.toMatchObject({ code: 'VALUE_NOT_FINITE' });
  });

  it('never holds more than `maxItems`', async () => {
    const events = [event(1), event(2), event(3)];
    const outcome = windowsOf(events, { durationMs: 10, onLate: 'drop', maxItems: 2 });
    await expect(outcome).rejects.toMatchObject({ name: 'OverflowError', code: 'BUFFER_OVERFLOW' });
  });

  it.each([
    [{ durationMs: 0 }, /`durationMs`/],
    [{ durationMs: 10, stepMs: 11 }, /`stepMs` to be an integer in 1..10, got 11/],
    [{ durationMs: 4096, stepMs: 3 }, /`stepMs` to be an integer in 4..4096, got 3/],
    [{ durationMs: 10, graceMs: -1 }, /`graceMs`/],
    [{ durationMs: 10, onLate: 'ignore' as 'drop' }, /`onLate`/],
  ])('refuses the options %j when it is made', (options, message) => {
    expect(() => eventTimeWindow({ timeOf, onLate: 'drop', ...options })).toThrow(message);
  });
});
