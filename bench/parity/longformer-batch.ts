import { type LongformerModel, parseLongformerConfig } from '../../models/index.ts';
import type { ParityCase } from './parity-case.ts';

/** One sequence of a case, ready for the encoder. */
export interface SequenceInput {
  /** `[n, inputSize]`: vectors, or rows of an id and, where the case has them, its type and position. */
  readonly tokens: Float32Array;
  readonly kinds: Uint8Array;
  /** Positions of globals. */
  readonly globals: readonly number[];
}

const COLUMNS = ['in.input_ids', 'in.token_type_ids', 'in.position_ids'];

/** Columns that rows of ids need to hold the inputs of a case. */
export function idColumns(parity: ParityCase): 1 | 2 | 3 {
  return (1 + COLUMNS.findLastIndex((name) => parity.tensors.tensors.has(name))) as 1 | 2 | 3;
}

/** Cuts the inputs of a case, `[B, n]` or `[B, n, hiddenSize]`, into sequences. */
export function longformerBatch(parity: ParityCase, model: LongformerModel): SequenceInput[] {
  const { tensors } = parity.tensors;
  const direct = tensors.has('in.inputs_embeds');
  const [batchSize = 0, count = 0] = tensors.get(direct ? 'in.inputs_embeds' : 'in.input_ids')?.shape ?? [];
  const width = model.encoder.inputSize;
  const tokens = direct ? parity.tensors.read('in.inputs_embeds') : joinColumns(parity, width, batchSize * count);
  const row = (name: string, b: number): ArrayLike<number> | undefined =>
    tensors.has(name) ? parity.tensors.readIntegers(name).subarray(b * count, (b + 1) * count) : undefined;
  return Array.from({ length: batchSize }, (_, b) => {
    const own = tokens.subarray(b * count * width, (b + 1) * count * width);
    const mask = row('in.attention_mask', b);
    const marks = row('in.global_attention_mask', b) ?? automaticGlobals(parity, row('in.input_ids', b) ?? own);
    const kinds = new Uint8Array(count).map((_, t) => (mask?.[t] === 0 ? 0 : marks[t] === 1 ? 2 : 1));
    return { tokens: own, kinds, globals: Array.from(kinds.keys()).filter((t) => kinds[t] === 2) };
  });
}

/** Rows of ids, types and positions; columns that a case does not have are 0. */
function joinColumns(parity: ParityCase, width: number, count: number): Float32Array {
  const tokens = new Float32Array(count * width);
  for (const [column, name] of COLUMNS.slice(0, width).entries()) {
    if (!parity.tensors.tensors.has(name)) continue;
    parity.tensors.readIntegers(name).forEach((value, i) => {
      tokens[i * width + column] = value;
    });
  }
  return tokens;
}

/** The globals that a class of the reference sets by itself: token 0 to classify, the question before the first separator. */
function automaticGlobals(parity: ParityCase, ids: ArrayLike<number>): ArrayLike<number> {
  const marks = new Uint8Array(ids.length);
  if (parity.className === 'LongformerForSequenceClassification') marks[0] = 1;
  if (parity.className === 'LongformerForQuestionAnswering') {
    const { sepId } = parseLongformerConfig(parity.config);
    for (let t = 0; t < ids.length && ids[t] !== sepId; t++) marks[t] = 1;
  }
  return marks;
}
