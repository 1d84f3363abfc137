import { type EncoderModel, toModelFile } from '../../models/index.ts';
import type { Conversion } from './convert-model.ts';
import { type AttentionReport, attentionLines, reportAttention } from './report-attention.ts';

/** What a conversion is told by: one JSON object, or lines for people. */
export interface ConversionReport extends AttentionReport {
  readonly input: string;
  readonly output: string;
  /** Class of Hugging Face. */
  readonly class: string;
  readonly width: number;
  readonly heads: number;
  /** Numbers in encoder and head together. */
  readonly parameters: number;
  readonly head: { readonly task: string; readonly outputs: number } | null;
  readonly labels: readonly string[];
  readonly dtype: string;
  readonly bytes: number;
  /** Of what was read; an exact conversion does not change it. */
  readonly modelHash: string;
  readonly writtenModelHash: string;
  /** By rounding. */
  readonly largestChange: Conversion['change'];
  /** What the output has no place for. */
  readonly leftBehind: readonly string[];
}

/** Gathers the figures of a conversion. */
export function reportConversion(
  { model, written, bytes, change, leftBehind }: Conversion,
  names: { readonly input: string; readonly output: string; readonly dtype: string },
): ConversionReport {
  const { config, modelHash, family } = model.encoder;
  const { task, outputs } = model.head?.config ?? {};
  return {
    input: names.input,
    output: names.output,
    class: classOf(model) ?? classOf(written) ?? (family === 'longformer' ? 'LongformerModel' : 'ReformerModel'),
    width: config.hiddenSize,
    heads: config.numHeads,
    ...reportAttention(model.encoder),
    parameters: [...toModelFile(model).tensors.values()].reduce((sum, { values }) => sum + values.length, 0),
    head: task === undefined || outputs === undefined ? null : { task, outputs },
    labels: model.labels,
    dtype: names.dtype,
    bytes,
    modelHash,
    writtenModelHash: written.encoder.modelHash,
    largestChange: change,
    leftBehind,
  };
}

/** The report as lines. */
export function conversionLines(report: ConversionReport): string[] {
  const { head, labels } = report;
  const names = labels.length === 0 ? '' : `, labels ${labels.join(', ').slice(0, 500)}`;
  return [
    `read     ${report.input}: ${report.class}`,
    ...attentionLines(report, `width ${report.width}, ${report.heads} heads`),
    `head     ${head === null ? 'none' : `${head.task}, ${head.outputs} outputs`}${names}`,
    `weights  ${report.parameters} parameters, model hash ${report.modelHash}`,
    `wrote    ${report.output}: ${report.dtype}, ${report.bytes} bytes`,
    ...notes(report),
  ];
}

function notes({ dtype, largestChange, writtenModelHash, leftBehind }: ConversionReport): string[] {
  const rounded = `note     ${dtype} rounds: ${largestChange.tensor} changed most, by ${largestChange.change}; model hash ${writtenModelHash}`;
  const left = `note     kept only in the single-file form: ${leftBehind.join(', ')}; a directory draws rotations anew, by its hash_seed where it has one`;
  return [...(largestChange.change === 0 ? [] : [rounded]), ...(leftBehind.length === 0 ? [] : [left])];
}

function classOf({ origin }: EncoderModel): string | undefined {
  const named: unknown = origin?.architectures;
  return Array.isArray(named) && typeof named[0] === 'string' ? named[0] : undefined;
}
