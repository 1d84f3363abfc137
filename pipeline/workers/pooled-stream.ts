import type { LongwaveError, WorkerError } from '../../core/index.ts';
import type { ModelSpec, ModelStats } from './model-spec.ts';
import type { RequestBody, Response } from './protocol.ts';
import type { StreamJournal } from './stream-journal.ts';

/** A stream as the pool knows it; its model lives in a worker. */
export class PooledStream {
  readonly id: number;
  /** For reports. */
  readonly name: string;
  readonly spec: ModelSpec;
  /** None where streams are not restored. */
  readonly journal: StreamJournal | undefined;
  /** Figures as of the last answer. */
  stats: ModelStats = { tokens: 0, cacheBytes: 0, busyMs: 0 };
  /** A worker has built its model. */
  isOpen = false;
  /** Crashes in a row in which a worker ended while it worked on this stream. */
  blame = 0;
  /** Why it was given up. */
  lost: WorkerError | undefined;

  constructor(fields: Pick<PooledStream, 'id' | 'name' | 'spec' | 'journal'>) {
    this.id = fields.id;
    this.name = fields.name;
    this.spec = fields.spec;
    this.journal = fields.journal;
  }
}

/** A request on its way, and what becomes of its answer. */
export interface Call {
  readonly stream: PooledStream;
  readonly body: RequestBody;
  readonly bytes: number;
  /** Made from a journal: not run again after a crash, but made anew. */
  readonly isRebuild: boolean;
  /** The stream's user waits for its answer; others belong to a journal. */
  readonly isAwaited: boolean;
  answered(response: Response): void;
  failed(error: LongwaveError): void;
}
