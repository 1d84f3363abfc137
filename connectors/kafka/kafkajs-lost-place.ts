import { createRequire } from 'node:module';

/** The part of the client that keeps the places of one consumer. */
interface OffsetManager {
  readonly memberId: string;
  setDefaultOffset(place: LostPlace): Promise<void>;
}

/** A partition whose offset to fetch is not in its log. */
export interface LostPlace {
  readonly topic: string;
  readonly partition: number;
}

const corrected = new WeakSet<OffsetManager>();
/** By the member id that the group has given to a consumer. */
const owners = new Map<string, (place: LostPlace) => void>();

/**
 * Keeps the client from moving a place that it cannot fetch. It would commit -2 or -1 as the group's offset and go on at
 * one end of the partition, as if nothing had been lost. Consumers that have an owner here stay where they are, and tell it.
 *
 * Does nothing the second time.
 */
export function keepLostPlaces(): void {
  const load = createRequire(import.meta.url);
  const manager = (load('kafkajs/src/consumer/offsetManager/index.js') as { prototype: OffsetManager }).prototype;
  if (corrected.has(manager)) return;
  corrected.add(manager);
  const { setDefaultOffset } = manager;
  manager.setDefaultOffset = async function (this: OffsetManager, place: LostPlace): Promise<void> {
    const tell = owners.get(this.memberId);
    if (tell === undefined) await setDefaultOffset.call(this, place);
    else tell(place);
  };
}

/** Who is told of the lost places of one consumer, whatever member of its group it is. */
export class LostPlaces {
  readonly #tell: (place: LostPlace) => void;
  #memberId: string | undefined;

  /** @param tell called from the fetch loop; pauses the partition, else the client asks for the same again at once */
  constructor(tell: (place: LostPlace) => void) {
    this.#tell = tell;
  }

  /** The consumer has (re)joined its group. */
  joined(memberId: string): void {
    this.leave();
    this.#memberId = memberId;
    owners.set(memberId, this.#tell);
  }

  leave(): void {
    if (this.#memberId !== undefined) owners.delete(this.#memberId);
    this.#memberId = undefined;
  }
}
