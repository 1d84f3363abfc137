import { type Chunk, ShapeError } from '../core/index.ts';

/** @throws ShapeError when a chunk has more than one channel. */
export function requireMono(chunk: Chunk): void {
  if (chunk.channels === 1) return;
  throw new ShapeError('SHAPE_MISMATCH', `Expected \`channels\` to be 1, got ${chunk.channels}; mix to mono first`);
}
