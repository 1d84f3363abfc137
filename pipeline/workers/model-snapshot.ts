import { SnapshotError } from '../../core/index.ts';
import type { PostedError } from './posted-error.ts';

/** The state of a stream's model, part by part: plain data, safe to post. Each part checks its own bytes. */
export interface ModelSnapshot {
  readonly front?: Uint8Array;
  readonly encoder?: Uint8Array;
  readonly head?: Uint8Array;
  /** Rows given out. */
  readonly given: number;
  /** Why the model takes no more, see `StreamModel.refusal`. */
  readonly refusal?: PostedError;
}

/** Parts of a {@link ModelSnapshot}, in the order in which they are written. */
export const SNAPSHOT_PARTS = ['front', 'encoder', 'head'] as const;

/** @throws SnapshotError when the snapshot has no such part */
export function requirePart(snapshot: ModelSnapshot, part: (typeof SNAPSHOT_PARTS)[number]): Uint8Array {
  const bytes = snapshot[part];
  if (bytes !== undefined) return bytes;
  throw new SnapshotError('SNAPSHOT_MODEL_MISMATCH', `Expected a snapshot with \`${part}\`, got one without`);
}

/** The bytes of all parts. */
export function snapshotParts(snapshot: ModelSnapshot): Uint8Array[] {
  return SNAPSHOT_PARTS.flatMap((part) => snapshot[part] ?? []);
}
