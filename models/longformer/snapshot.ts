import { SnapshotError, SnapshotReader, SnapshotWriter } from '../../core/index.ts';
import type { LayerState } from './layer-state.ts';
import type { LongformerShared } from './shared.ts';
import { StreamState } from './stream-state.ts';

const VERSION = 2;
/** Far beyond any stream, and far enough below 2^53 for a stream to go on counting. */
const MAX_POSITION = 2 ** 52;

/**
 * The state of a stream as bytes: position, place and whether it ended; then, unless it ended, per layer the keys and
 * values that later tokens still see, pinned ones and waiting tokens; then the sums of the read-out. How far each layer
 * is follows from the position.
 */
export function writeSnapshot(shared: LongformerShared, state: StreamState): Uint8Array {
  const writer = new SnapshotWriter(identity(shared));
  writer.float64(state.position);
  writer.float64(state.place);
  writer.uint32(state.ended ? 1 : 0);
  if (!state.ended) for (const layer of state.layers) writeLayer(writer, layer);
  if (state.sums !== undefined) for (const array of state.sums.read()) writer.array(array);
  return writer.finish();
}

/**
 * Makes a state from what {@link writeSnapshot} gave.
 * @throws SnapshotError
 */
export function readSnapshot(shared: LongformerShared, bytes: Uint8Array): StreamState {
  const reader = new SnapshotReader(bytes, identity(shared));
  const state = new StreamState(shared);
  state.position = requireCount('position', reader.float64(), MAX_POSITION);
  state.place = requireCount('place', reader.float64(), state.position);
  state.ended = requireCount('ended', reader.uint32(), 1) === 1;
  if (!state.ended) {
    let taken = state.position;
    for (const layer of state.layers) {
      readLayer(reader, layer, taken);
      taken = Math.max(0, taken - layer.delay);
    }
  }
  if (state.sums !== undefined && !state.sums.write([reader.float64Array(), reader.float32Array()])) {
    throw new SnapshotError(
      'SNAPSHOT_CORRUPT',
      'Expected sums of the read-out in the snapshot, they have another shape',
    );
  }
  reader.finish();
  return state;
}

function writeLayer(writer: SnapshotWriter, { ring, pinned, waiting, waitingKinds }: LayerState): void {
  writer.array(ring.read());
  writer.array(ring.readMasked());
  if (pinned !== undefined) {
    const { counts, masked, rows } = pinned.read();
    writer.array(counts);
    writer.array(masked);
    writer.array(rows);
  }
  writer.array(waiting);
  writer.array(waitingKinds);
}

/** `taken`: tokens that the layer has taken in. */
function readLayer(reader: SnapshotReader, layer: LayerState, taken: number): void {
  const { ring, pinned } = layer;
  const kept = Math.min(taken, ring.leftReach + ring.rightReach);
  const rows = reader.float32Array(2 * ring.heads * kept * ring.headDim);
  const ringHolds = ring.write(taken - 1, rows, reader.uint8Array(kept));
  const pinsHold =
    pinned === undefined ||
    pinned.write(
      taken,
      reader.float64Array(2 + pinned.slots),
      reader.uint8Array(pinned.slots),
      reader.float32Array(2 * pinned.keys.length),
    );
  layer.waiting.set(reader.float32Array(layer.waiting.length));
  layer.waitingKinds.set(reader.uint8Array(layer.waitingKinds.length));
  layer.next = Math.max(0, taken - layer.delay);
  if (ringHolds && pinsHold && layer.waitingKinds.every((kind) => kind <= 2)) return;
  throw new SnapshotError(
    'SNAPSHOT_CORRUPT',
    'Expected the masks, kinds and pinned keys of a layer to be in their ranges',
  );
}

function requireCount(name: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw new SnapshotError(
    'SNAPSHOT_CORRUPT',
    `Expected \`${name}\` of the snapshot to be an integer in 0..${max}, got ${value}`,
  );
}

function identity(shared: LongformerShared): { kind: string; version: number; modelHash: string } {
  return { kind: 'longformer', version: VERSION, modelHash: shared.modelHash };
}
