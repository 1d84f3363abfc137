import type { RunEvent } from './run-event.ts';

/** What a partition is waiting for, or that it is at work. */
export type PartitionPhase = 'restoring' | 'replaying' | 'ready';

/** Where a partition is. */
export interface PartitionStatus {
  readonly partition: number;
  readonly phase: PartitionPhase;
  /** While `replaying`: the input offset at which it goes on live. */
  readonly replayTo?: string;
}

/** Whether a run is ready, and what it waits for. */
export interface Readiness {
  readonly isReady: boolean;
  /** `partitions`: see there. */
  readonly waitsFor: 'assignment' | 'partitions' | 'drain' | null;
  readonly partitions: readonly PartitionStatus[];
}

/** Follows the partitions of a run. It is ready when the group has dealt and every partition that it holds is up to date. */
export class PartitionBoard {
  readonly #partitions = new Map<number, PartitionStatus>();
  #isAssigned = false;
  #isDraining = false;

  observe(event: RunEvent): void {
    switch (event.kind) {
      case 'assigned':
        this.#isAssigned = true;
        for (const partition of event.partitions) {
          if (!this.#partitions.has(partition)) this.#enter(partition, 'restoring');
        }
        break;
      case 'claimed':
        this.#enter(event.partition, 'restoring');
        break;
      case 'restored':
        if (event.replayTo === undefined) this.#enter(event.partition, 'ready');
        else {
          const { partition, replayTo } = event;
          this.#partitions.set(partition, { partition, phase: 'replaying', replayTo: String(replayTo) });
        }
        break;
      case 'live':
        this.#enter(event.partition, 'ready');
        break;
      case 'released':
        this.#partitions.delete(event.partition);
        break;
      case 'draining':
        this.#isDraining = true;
        break;
    }
  }

  get readiness(): Readiness {
    const partitions = [...this.#partitions.values()].sort((a, b) => a.partition - b.partition);
    const waitsFor = this.#waitsFor(partitions);
    return { isReady: waitsFor === null, waitsFor, partitions };
  }

  #waitsFor(partitions: readonly PartitionStatus[]): Readiness['waitsFor'] {
    if (this.#isDraining) return 'drain';
    if (!this.#isAssigned) return 'assignment';
    return partitions.every(({ phase }) => phase === 'ready') ? null : 'partitions';
  }

  #enter(partition: number, phase: PartitionPhase): void {
    this.#partitions.set(partition, { partition, phase });
  }
}
