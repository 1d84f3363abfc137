import type { TaskHead } from '../heads/task/index.ts';
import type { LongformerEncoder } from '../longformer/index.ts';
import type { ReformerEncoder } from '../reformer/index.ts';

/** An encoder with its head, as a weights file holds it. */
export interface EncoderModel<E = LongformerEncoder | ReformerEncoder> {
  readonly encoder: E;
  /** Absent where none was saved. */
  readonly head?: TaskHead;
  /** Label names of a classification head, in the order of its outputs; may be empty. */
  readonly labels: readonly string[];
  /** The `config.json` of Hugging Face that the model came with, to be written back with it. */
  readonly origin?: Readonly<Record<string, unknown>>;
}

/** A Longformer with its head. */
export type LongformerModel = EncoderModel<LongformerEncoder>;

/** A Reformer with its head. */
export type ReformerModel = EncoderModel<ReformerEncoder>;
