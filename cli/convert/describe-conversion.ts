import { type LongformerModel, toModelFile } from '../../models/index.ts';
import type { Conversion } from './convert-model.ts';

/** What a conversion is told by: one JSON object, or lines for people. */
export interface ConversionReport {
  readonly input: string;
  readonly output: string;
  /** Class of Hugging Face. */
  readonly class: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Keys at and before a token, one per layer. */
  readonly window: readonly number[];
  /** Keys after a token, one per layer. */
  readonly lookAhead: readonly number[];
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
}

/** Gathers the figures of a conversion. */
export function reportConversion(
  { model, written, bytes, change }: Conversion,
  names: { readonly input: string; readonly output: string; readonly dtype: string },
): ConversionReport {
  const { config, modelHash } = model.encoder;
  const { task, outputs } = model.head?.config ?? {};
  return {
    input: names.input,
    output: names.output,
    class: classOf(model) ?? classOf(written) ?? 'LongformerModel',
    layers: config.numLayers,
    width: config.hiddenSize,
    heads: config.numHeads,
    window: config.window,
    lookAhead: config.lookAhead,
    parameters: [...toModelFile(model).tensors.values()].reduce((sum, { values }) => sum + values.length, 0),
    head: task === undefined || outputs === undefined ? null : { task, outputs },
    labels: model.labels,
    dtype: names.dtype,
    bytes,
    modelHash,
    writtenModelHash: written.encoder.modelHash,
    largestChange: change,
  };
}

/** The report as lines. */
export function conversionLines(report: ConversionReport): string[] {
  const { head, labels, largestChange, modelHash, writtenModelHash } = report;
  const keys = report.window.map((before, i) => `${before} + ${report.lookAhead[i]} ahead`);
  const windows = new Set(keys).size === 1 ? `${keys[0]}, all layers` : keys.join(', ');
  const names = labels.length === 0 ? '' : `, labels ${labels.join(', ').slice(0, 500)}`;
  return [
    `read     ${report.input}: ${report.class}`,
    `encoder  ${report.layers} layers, width ${report.width}, ${report.heads} heads; window ${windows}`,
    `head     ${head === null ? 'none' : `${head.task}, ${head.outputs} outputs`}${names}`,
    `weights  ${report.parameters} parameters, model hash ${modelHash}`,
    `wrote    ${report.output}: ${report.dtype}, ${report.bytes} bytes`,
    ...(largestChange.change === 0
      ? []
      : [
          `note     ${report.dtype} rounds: ${largestChange.tensor} changed most, by ${largestChange.change}; model hash ${writtenModelHash}`,
        ]),
  ];
}

function classOf({ origin }: LongformerModel): string | undefined {
  const named: unknown = origin?.architectures;
  return Array.isArray(named) && typeof named[0] === 'string' ? named[0] : undefined;
}
