import type { EventLog } from './log-events.ts';
import type { RunObserver } from './run-event.ts';

/** Writes what happens to partitions to the log, where nothing else does. */
export function logObserver(log: EventLog): RunObserver {
  return (event) => {
    switch (event.kind) {
      case 'assigned':
        return log('assigned', { partitions: event.partitions });
      case 'claimed':
      case 'live':
      case 'fenced':
      case 'released':
        return log(event.kind, { partition: event.partition });
      case 'committed': {
        const { kind, offset, ms, ...figures } = event;
        return log(kind, { ...figures, offset: String(offset), ms: Math.round(ms) });
      }
      case 'draining':
        return log('draining', {});
    }
  };
}
