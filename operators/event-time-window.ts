import type { OperatorFunction } from 'rxjs';
import { type EventTimeWindowOptions, EventTimeWindows, type EventWindow } from './event-time-windows.ts';
import { stateful } from './stateful.ts';

/**
 * Events → windows by event time, tumbling (`stepMs` = `durationMs`) or hopping, aligned to 1970. The watermark is
 * the largest event time seen minus `graceMs`; a window closes, and is emitted whole and once, when the watermark
 * reaches its end, or when the source completes. Windows come in order of time, and without events none comes.
 * Input out of order within the grace gives the same windows as the same input sorted.
 *
 * No clock is read: a stream that stops keeps its last windows open until it completes, and one event far in the
 * future makes those after it late. Late events are never lost in silence, see `onLate`. For several keys use
 * `groupBy` before it, so that each has its own watermark.
 * An event's `ack` is not called here: give the window's events theirs once the window is dealt with, with enough
 * credit upstream for all that open windows hold.
 *
 * Memory: the events of the open windows, at most `maxItems`. Cost: durationMs / stepMs for each event.
 * @throws ConfigError at once for an option out of range. As an error of the result: InputError `VALUE_NOT_FINITE`
 *   for an event time, LateEventError with `onLate: 'error'`, OverflowError above `maxItems`, and what `timeOf` or
 *   `onLate` throws.
 * @example
 * // times 1, 12, 8 and 25 ms
 * events.pipe(eventTimeWindow({ timeOf: (e) => e.timeMs, durationMs: 10, graceMs: 5, onLate: 'error' }));
 * // [0, 10): 1, 8   [10, 20): 12   [20, 30): 25
 */
export function eventTimeWindow<T>(options: EventTimeWindowOptions<T>): OperatorFunction<T, EventWindow<T>> {
  new EventTimeWindows(options); // refuses bad options now, not at subscription
  return stateful(() => {
    const windows = new EventTimeWindows(options);
    return { next: (item) => windows.add(item), end: () => windows.end() };
  });
}
