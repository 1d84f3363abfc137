import { type LongformerModel, type LongformerSequenceOutput, longformerFromHuggingFace } from '../../models/index.ts';
import type { CaseResults } from './case-results.ts';
import { idColumns, longformerBatch, type SequenceInput } from './longformer-batch.ts';
import type { ParityCase } from './parity-case.ts';
import { pushAndFlush, pushSizes, requireSameBits } from './push-and-flush.ts';
import { meanCrossEntropy, Results } from './results.ts';

/** Runs the model of a case over its inputs, as a finite sequence and, where its attention allows it, as a stream. */
export function runLongformer(parity: ParityCase): CaseResults {
  const direct = parity.tensors.tensors.has('in.inputs_embeds');
  const options = direct ? ({ input: 'direct' } as const) : { idColumns: idColumns(parity) };
  const model = longformerFromHuggingFace(parity.config, parity.weights, {
    ...options,
    engine: parity.engine ?? 'auto',
  });
  const batch = longformerBatch(parity, model);
  const offline = new Results(parity);
  const settled = batch.map((sequence) => model.encoder.encodeSequence({ ...sequence, trace: true }));
  settled.forEach((output, b) => {
    writeInside(offline, { model, sequence: batch[b] as SequenceInput, batch }, output, b);
    writeFinal(offline, { model, sequence: batch[b] as SequenceInput }, output.encodings, b);
  });
  writeLoss(offline, parity);
  // A global that is seen and sees both ways needs the whole sequence.
  const streamable = batch.map(({ globals }) => globals.length === 0);
  if (!streamable.includes(true)) return { offline: offline.values, noStream: 'global both ways' };
  const streamed = pushSizes().map((nextPush) => {
    const results = new Results(parity);
    batch.forEach((sequence, b) => {
      if (!streamable[b]) return;
      const encodings = pushAndFlush(model.encoder, sequence, nextPush);
      requireSameBits(encodings, (settled[b] as LongformerSequenceOutput).encodings, parity.name);
      writeFinal(results, { model, sequence }, encodings, b);
    });
    return results.values;
  });
  return { offline: offline.values, streamed };
}

interface Written {
  readonly model: LongformerModel;
  readonly sequence: SequenceInput;
}

/** Hidden states, contexts and attentions of sequence `b`. */
function writeInside(
  results: Results,
  { model, sequence, batch }: Written & { readonly batch: readonly SequenceInput[] },
  output: LongformerSequenceOutput,
  b: number,
): void {
  const { hiddenSize, numHeads } = model.encoder.config;
  const rule = { b, width: hiddenSize, kinds: sequence.kinds };
  output.layers.forEach((layer, i) => {
    results.rows(`out.hidden_states.${i}`, layer.input, rule);
    results.rows(`out.layers.${i}.context`, layer.context, rule);
    const columns = Math.max(...batch.map((other) => other.globals.length));
    results.attention(`out.attentions.${i}`, layer, { b, heads: numHeads, kinds: sequence.kinds, columns });
    results.globalAttention(`out.global_attentions.${i}`, layer, { b, heads: numHeads, kinds: sequence.kinds });
  });
  results.rows(`out.hidden_states.${output.layers.length}`, output.encodings, rule);
}

/** What comes out of the encoder and its head for sequence `b`. */
function writeFinal(results: Results, { model, sequence }: Written, encodings: Float32Array, b: number): void {
  const { kinds } = sequence;
  results.rows('out.last_hidden_state', encodings, { b, width: model.encoder.outputSize, kinds });
  const { head } = model;
  if (head === undefined) return;
  const scores = head.run(encodings);
  const width = scores.length / (head.config.task === 'pooling' ? 1 : kinds.length);
  const first = kinds.subarray(0, 1);
  const { task } = head.config;
  if (task === 'pooling') results.rows('out.pooler_output', scores, { b, width, kinds: first });
  else if (task === 'sequence-classification')
    results.rows('out.logits', scores, { b, width: scores.length, kinds: first });
  else if (task !== 'question-answering') results.rows('out.logits', scores, { b, width, kinds, masked: true });
  else {
    for (const [column, name] of ['out.start_logits', 'out.end_logits'].entries()) {
      const logits = new Float32Array(kinds.length).map((_, t) => scores[t * width + column] as number);
      results.rows(name, logits, { b, width: 1, kinds });
    }
  }
}

function writeLoss(results: Results, parity: ParityCase): void {
  const logits = results.values.get('out.logits');
  if (logits === undefined || !parity.tensors.tensors.has('in.labels')) return;
  results.values.set('out.loss', Float64Array.of(meanCrossEntropy(logits, parity.tensors.readIntegers('in.labels'))));
}
