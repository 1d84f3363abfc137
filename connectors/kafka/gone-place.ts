import { StateError } from '../../core/index.ts';
import type { LogBounds } from './transport.ts';

/** A partition whose next record is not in its log. */
export interface GonePlace extends LogBounds {
  readonly topic: string;
  readonly partition: number;
  /** The next to read; `undefined` where the group has none committed and nothing was read. */
  readonly next: bigint | undefined;
  readonly startFrom: 'earliest' | 'latest';
}

/**
 * Where reading goes on. A place that nobody has committed or read is no loss.
 * @throws StateError `INPUT_EXPIRED` where records lie between, so that no gap is passed unseen
 */
export function placeToGoOn({ topic, partition, low, high, next, startFrom }: GonePlace): bigint {
  const wanted = next ?? (startFrom === 'latest' ? high : low);
  if (wanted >= low && wanted <= high) return wanted;
  const why = wanted < low ? 'they were deleted before they were read' : 'the topic was made anew or cut off';
  throw new StateError(
    'INPUT_EXPIRED',
    `Expected topic ${topic}, partition ${partition} to hold its records from offset ${wanted} on (the next to read), it holds ${low} to ${high}: ${why}`,
  );
}
