import type { TaskHead } from '../heads/task/index.ts';
import type { LongformerEncoder } from '../longformer/index.ts';

/** A Longformer with its head, as a weights file holds it. */
export interface LongformerModel {
  readonly encoder: LongformerEncoder;
  /** Absent where none was saved. */
  readonly head?: TaskHead;
  /** Label names of a classification head, in the order of its outputs; may be empty. */
  readonly labels: readonly string[];
  /** The `config.json` of Hugging Face that the model came with, to be written back with it. */
  readonly origin?: Readonly<Record<string, unknown>>;
}
