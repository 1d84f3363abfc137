import { SnapshotError, type SnapshotIdentity, SnapshotReader, SnapshotWriter } from '../../core/index.ts';
import type { StackModel } from './stack-model.ts';
import { StreamState } from './stream-state.ts';

const VERSION = 3;
/** Far beyond any stream, and far enough below 2^53 for a stream to go on counting. */
const MAX_POSITION = 2 ** 52;

/**
 * The state of a stream as bytes: position, place and whether it ended; then, unless it ended, what each layer
 * writes; then the sums of the read-out. How far each layer
 * is follows from the position.
 */
export function writeSnapshot(model: StackModel, state: StreamState): Uint8Array {
  const writer = new SnapshotWriter(identity(model));
  writer.float64(state.position);
  writer.float64(state.place);
  writer.uint32(state.ended ? 1 : 0);
  if (!state.ended) for (const layer of state.layers) layer.write(writer);
  if (state.sums !== undefined) for (const array of state.sums.read()) writer.array(array);
  return writer.finish();
}

/**
 * Makes a state from what {@link writeSnapshot} gave.
 * @throws SnapshotError
 */
export function readSnapshot(model: StackModel, bytes: Uint8Array): StreamState {
  const reader = new SnapshotReader(bytes, identity(model));
  const state = new StreamState(model);
  try {
    readState(reader, model, state);
  } catch (error) {
    state.close();
    throw error;
  }
  return state;
}

function readState(reader: SnapshotReader, model: StackModel, state: StreamState): void {
  state.position = requireCount('position', reader.float64(), MAX_POSITION);
  state.place = requireCount('place', reader.float64(), state.position);
  state.ended = requireCount('ended', reader.uint32(), 1) === 1;
  if (!state.ended) {
    let taken = state.position;
    state.layers.forEach((layer, i) => {
      layer.read(reader, taken);
      taken = Math.max(0, taken - (model.layers[i]?.delay ?? 0));
    });
  }
  if (state.sums !== undefined && !state.sums.write([reader.float64Array(), reader.float32Array()])) {
    throw new SnapshotError(
      'SNAPSHOT_CORRUPT',
      'Expected sums of the read-out in the snapshot, they have another shape',
    );
  }
  reader.finish();
}

function requireCount(name: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw new SnapshotError(
    'SNAPSHOT_CORRUPT',
    `Expected \`${name}\` of the snapshot to be an integer in 0..${max}, got ${value}`,
  );
}

function identity({ kind, modelHash, cachePrecision }: StackModel): SnapshotIdentity {
  return { kind, version: VERSION, modelHash, cachePrecision };
}
