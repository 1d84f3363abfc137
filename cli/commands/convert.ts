import { Command, Option } from 'commander';
import { requireOneOf } from '../../core/index.ts';
import { convertModel } from '../convert/convert-model.ts';
import { conversionLines, reportConversion } from '../convert/describe-conversion.ts';
import { type LshOptions, lshOverrides, RULES } from '../convert/lsh-options.ts';
import { listenForInterrupt } from '../interrupt.ts';

interface ConvertCommandOptions extends LshOptions {
  readonly dtype: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const DTYPES = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const;

/** `longwave convert IN OUT`: a Hugging Face directory to one file, or back. */
export function convertCommand(): Command {
  return new Command('convert')
    .description(
      'write a Longformer or Reformer of Hugging Face as one file, or such a file as a Hugging Face directory',
    )
    .argument('<in>', 'a directory with config.json and model.safetensors, or a .safetensors file of ours')
    .argument('<out>', 'the other of the two; files of a tokenizer are not taken along')
    .option('--dtype <f32|f16|bf16>', 'how weights are stored; f16 and bf16 round them', 'f32')
    .option('--num-buckets <n[,n]>', 'of a Reformer: hash buckets, or even factors, where its config.json says null')
    .addOption(
      new Option(
        '--rule <name>',
        'of a Reformer: what a stream sees; default bucket-recency where it is causal',
      ).choices(RULES),
    )
    .option('--horizon <tokens>', 'of a Reformer: tokens that a stream remembers')
    .option('--force', 'replace OUT')
    .option('--json', 'one JSON object')
    .action(async (input: string, output: string, options: ConvertCommandOptions) => {
      const dtype = requireOneOf('--dtype', options.dtype, ['f32', 'f16', 'bf16']);
      const { signal } = listenForInterrupt();
      const force = options.force === true;
      const overrides = lshOverrides(options);
      const conversion = await convertModel(input, output, { dtype: DTYPES[dtype], force, signal, overrides });
      const report = reportConversion(conversion, { input, output, dtype });
      const lines = options.json === true ? [JSON.stringify(report)] : conversionLines(report);
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
