import type { CachePrecision, Rows } from '../kernels/index.ts';
import type { StackLayer } from './layer.ts';
import type { Readout } from './readout.ts';
import type { RowBatch } from './row-batch.ts';
import type { TokenRows } from './token-rows.ts';

/** A stack of layers as its streams see it: immutable apart from scratch, shared by all of them. */
export interface StackModel {
  /** Kind of its snapshots. */
  readonly kind: string;
  readonly modelHash: string;
  /** How its streams store keys and values. */
  readonly cachePrecision: CachePrecision;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Tokens marked global have a place. */
  readonly takesGlobals: boolean;
  /** Input rows → embeddings. */
  readonly tokens: TokenRows;
  readonly layers: readonly StackLayer[];
  readonly readout: Readout | undefined;
  /** The rows of the pass in work; one pass at a time. */
  readonly batch: RowBatch;
  /** Makes the rows of the first layer of embeddings that stand at their front. */
  begin(rows: Rows, count: number): void;
  /** Makes the outputs `[outputSize]` of the rows that left the last layer, in place. */
  finish(rows: Rows, count: number): void;
}

/** Tokens by which the output of a stack lags its input. */
export function latencyOf(layers: readonly StackLayer[]): number {
  return layers.reduce((sum, layer) => sum + layer.delay, 0);
}
