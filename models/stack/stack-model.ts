import type { StackLayer } from './layer.ts';
import type { Readout } from './readout.ts';
import type { TokenEmbedding } from './token-embedding.ts';

/** A stack of layers as its streams see it: immutable apart from scratch, shared by all of them. */
export interface StackModel {
  /** Kind of its snapshots. */
  readonly kind: string;
  readonly modelHash: string;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Width of the row that goes through the layers. */
  readonly rowSize: number;
  /** Tokens marked global have a place. */
  readonly takesGlobals: boolean;
  readonly embedding: TokenEmbedding;
  readonly layers: readonly StackLayer[];
  readonly readout: Readout | undefined;
  /** Makes the row of the first layer `[rowSize]` of an embedding that stands at its front. */
  begin(row: Float32Array): void;
  /** Makes the output `[outputSize]` of the row that left the last layer, in place. */
  finish(row: Float32Array): void;
}

/** Tokens by which the output of a stack lags its input. */
export function latencyOf(layers: readonly StackLayer[]): number {
  return layers.reduce((sum, layer) => sum + layer.delay, 0);
}
