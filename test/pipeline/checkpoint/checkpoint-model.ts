import fc from 'fast-check';
import { expect } from 'vitest';
import type {
  Checkpoint,
  CheckpointWriter,
  LoadedSnapshot,
  StreamProgress,
  StreamSnapshot,
} from '../../../pipeline/checkpoint/index.ts';
import { FakeLog } from './fake-log.ts';
import { commitOf, load, progress, snapshotsOf, stateAt, TOPICS, writerOf } from './written-checkpoint.ts';

const NAMES = ['a', 'b', 'a|0', 'c'];
const name = fc.constantFrom(...NAMES);

/** One commit: who had records, whose state is written and how long it is, who ends, and how often it is tried. */
const commit = fc.record({
  touched: fc.uniqueArray(name, { maxLength: 3 }),
  states: fc.dictionary(name, fc.integer({ min: 1, max: 60 }), { maxKeys: 3 }),
  /** Ends before its records of this commit, if it has some: those begin it anew. */
  closed: fc.uniqueArray(name, { maxLength: 2 }),
  /** An end that is told by the new beginning alone. */
  isTold: fc.boolean(),
  aborted: fc.nat(2),
  isLeft: fc.boolean(),
});

/** What happens to a partition, one after the other. */
export const history = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: commit },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
    { weight: 1, arbitrary: fc.constant('compact' as const) },
  ),
  { minLength: 1, maxLength: 14 },
);
type Happening = typeof history extends fc.Arbitrary<readonly (infer T)[]> ? T : never;
type Commit = Exclude<Happening, string>;

/** A stream as it ought to be. */
interface Known {
  progress: StreamProgress;
  /** Newest first. */
  readonly states: StreamSnapshot[];
}

/** A log with what was committed to it beside it, in plain maps. */
export class ModelledLog {
  readonly log = new FakeLog();
  readonly streams = new Map<string, Known>();
  /** Every state that was committed, by stream, beginning and offset. */
  readonly everWritten = new Map<string, Uint8Array[]>();
  #writer: CheckpointWriter = writerOf();
  #offset = 0n;

  get offset(): bigint {
    return this.#offset;
  }

  load(): Promise<Checkpoint> {
    return load(this.log, this.#offset);
  }

  async happens(happening: Happening): Promise<void> {
    if (happening === 'compact') this.log.compact();
    else if (happening === 'restart') {
      const checkpoint = await this.load();
      await snapshotsOf(checkpoint);
      this.#writer = writerOf({ slots: checkpoint.slots });
    } else await this.#commit(happening);
  }

  /** Checks that nothing but what was written last is loaded, and nothing else lies in the log. */
  async check(): Promise<void> {
    const checkpoint = await this.load();
    const found = await snapshotsOf(checkpoint);
    expect(checkpoint.faults).toEqual([]);
    expect(new Map([...checkpoint.streams].map(([id, entry]) => [id, entry.progress]))).toEqual(
      new Map([...this.streams].map(([id, known]) => [id, known.progress])),
    );
    expect(bytesById(found)).toEqual(new Map([...this.streams].map(([id, { states }]) => [id, states[0]?.bytes])));
    const manifests = [...checkpoint.streams.values()].flatMap((entry) => entry.manifests);
    expect(manifests.length).toBe(
      [...this.streams.values()].reduce((sum, { states }) => sum + Math.min(2, states.length), 0),
    );
    const chunks = manifests.reduce((sum, manifest) => sum + manifest.chunks, 0);
    expect(this.log.liveKeys(TOPICS.snapshots).length).toBe(chunks);
    expect(this.log.liveKeys(TOPICS.state).length).toBe(
      manifests.length + this.streams.size + (this.#offset > 0n ? 1 : 0),
    );
  }

  async #commit({ touched, states, closed, isTold, aborted, isLeft }: Commit): Promise<void> {
    const from = this.#offset;
    const offset = from + 10n;
    const streams = touched.map((id, i) => {
      const isNew = closed.includes(id) || !this.streams.has(id);
      const openedAt = isNew ? from + BigInt(i) : (this.streams.get(id) as Known).progress.openedAt;
      return progress(id, openedAt, from + BigInt(i) + 1n);
    });
    const now = new Map(
      [...this.streams].filter(([id]) => !closed.includes(id)).map(([id, known]) => [id, known.progress]),
    );
    for (const stream of streams) now.set(stream.streamId, stream);
    const snapshots = Object.entries(states).flatMap(([id, length]) => {
      const at = now.get(id);
      return at === undefined ? [] : [stateAt(at, length)];
    });
    const told = closed.filter((id) => isTold || !touched.includes(id));
    const prepared = this.#writer.prepare(commitOf(offset, streams, { closed: told, snapshots }));
    for (let i = 0; i < aborted; i++) {
      const transaction = this.log.begin();
      await prepared.write(transaction.send);
      transaction.abort();
    }
    if (isLeft) return;
    const transaction = this.log.begin();
    await prepared.write(transaction.send);
    transaction.commit();
    prepared.committed();
    this.#offset = offset;
    for (const id of closed) this.streams.delete(id);
    for (const stream of streams) {
      const known = this.streams.get(stream.streamId);
      if (known === undefined) this.streams.set(stream.streamId, { progress: stream, states: [] });
      else known.progress = stream;
    }
    for (const state of snapshots) {
      this.streams.get(state.streamId)?.states.unshift(state);
      this.everWritten.set(idOf(state), [...(this.everWritten.get(idOf(state)) ?? []), state.bytes]);
    }
  }
}

export function idOf({ streamId, openedAt, offset }: Pick<StreamSnapshot, 'streamId' | 'openedAt' | 'offset'>): string {
  return `${openedAt} ${offset} ${streamId}`;
}

export function bytesById(found: readonly LoadedSnapshot[]): Map<string, Uint8Array | undefined> {
  return new Map(found.map(({ streamId, bytes }) => [streamId, bytes]));
}
