/** A batch that a store keeps. */
export interface StoredBatch {
  readonly bytes: number;
  /** What it costs in memory. */
  readonly memoryBytes: number;
  /**
   * A copy of the batch that belongs to the caller.
   * @throws ConnectorError `CONNECTOR_FAILED` where it cannot be read
   */
  read(): Buffer;
}

/** Keeps the batches of one partition. */
export interface BatchStore {
  /** What a batch of so many bytes costs in memory. */
  memoryFor(bytes: number): number;
  /** @throws ConnectorError `CONNECTOR_FAILED`; nothing of the batch is then kept */
  append(batch: Buffer, baseOffset: bigint): StoredBatch;
  /** Batches that begin below `offset` are not asked for any more. `nextOffset` is the end of the partition. */
  trim(offset: bigint, nextOffset: bigint): void;
  /**
   * Puts batches in the place of all; the old ones stay readable until the last of the new ones was taken.
   * @throws ConnectorError `CONNECTOR_FAILED`; all is then as before
   */
  replace(batches: Iterable<Buffer>): StoredBatch[];
  /** Resolves when everything appended would survive a loss of power. */
  sync(): Promise<void>;
}

/** What the place of a batch costs, generously. */
export const PLACE_BYTES = 256;

/** Batches in memory. */
export class MemoryStore implements BatchStore {
  memoryFor(bytes: number): number {
    return bytes + PLACE_BYTES;
  }

  append(batch: Buffer): StoredBatch {
    return { bytes: batch.length, memoryBytes: this.memoryFor(batch.length), read: () => Buffer.from(batch) };
  }

  trim(): void {
    // a batch is held by its place alone
  }

  replace(batches: Iterable<Buffer>): StoredBatch[] {
    return Array.from(batches, (batch) => this.append(batch));
  }

  async sync(): Promise<void> {
    // nothing here survives anything
  }
}
