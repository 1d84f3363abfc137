import { Command, Option } from 'commander';
import { ndjsonSink } from '../../connectors/index.ts';
import { ConfigError } from '../../core/index.ts';
import type { LshRule } from '../../models/index.ts';
import {
  audioModel,
  findingToJson,
  ModelPool,
  type ModelSpec,
  type OpenInput,
  openInput,
  runStream,
  type StreamShape,
  StreamTask,
  seriesModel,
  storedModel,
} from '../../pipeline/index.ts';
import { lshOverrides, RULES } from '../convert/lsh-options.ts';
import { EXIT } from '../exit-codes.ts';
import { type ColumnOptions, inputOf } from '../input-option.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { noteIgnored } from '../note-ignored.ts';

interface EncodeOptions extends ColumnOptions {
  readonly model?: string;
  readonly positionPolicy?: 'error' | 'recycle';
  readonly rule?: LshRule;
  readonly horizon?: string;
  readonly json?: boolean;
}

/** `longwave encode FILE`: one line per token with its embedding. */
export function encodeCommand(): Command {
  return new Command('encode')
    .description('embeddings of a WAV (log-mel tokens every 10 ms) or of a CSV (one token per row), one line per token')
    .argument('<file>', 'FILE.wav, FILE.csv, or - for standard input')
    .option('--time <column>', 'time column of a CSV')
    .option('--value <column...>', 'value columns of a CSV; default every numeric column')
    .option('--model <path>', 'a .safetensors file of ours or a Hugging Face directory; default an untrained encoder')
    .addOption(
      new Option('--position-policy <what>', 'with --model: what follows the last learned position').choices([
        'error',
        'recycle',
      ]),
    )
    .addOption(
      new Option(
        '--rule <name>',
        'with --model, of a Reformer: what a stream sees; offline gives everything at the end',
      ).choices(RULES),
    )
    .option('--horizon <tokens>', 'with --model, of a Reformer: tokens that a stream remembers')
    .option('--json', 'NDJSON (the default unless standard output is a terminal)')
    .action(encodeFile);
}

async function encodeFile(file: string, options: EncodeOptions): Promise<void> {
  requireModel(options);
  const interrupt = listenForInterrupt();
  const choice = await inputOf(file, options, interrupt.signal);
  const input = await openInput(choice, interrupt.signal);
  try {
    noteIgnored(input.ignored);
    const shape: StreamShape = { kind: choice.format === 'wav' ? 'audio' : 'series', channels: input.columns.length };
    await encodeInput({
      input,
      spec: await modelOf(shape, options),
      streamId: file,
      signal: interrupt.signal,
      options,
    });
  } finally {
    await input.close();
  }
  if (interrupt.received !== undefined)
    process.exitCode = interrupt.received === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
}

interface EncodeRun {
  readonly input: OpenInput;
  readonly spec: ModelSpec;
  readonly streamId: string;
  readonly signal: AbortSignal;
  readonly options: EncodeOptions;
}

async function encodeInput({ input, spec, streamId, signal, options }: EncodeRun): Promise<void> {
  const { source, columns } = input;
  const pool = new ModelPool({ workers: 1 });
  const human = options.json !== true && process.stdout.isTTY;
  const sink = ndjsonSink({ stream: process.stdout, name: 'standard output' }, findingToJson);
  try {
    const task = new StreamTask(pool, { spec, streamId, columns });
    const summary = await runStream({ source, task, sink, signal });
    if (human) {
      const price = summary.tokens === 0 ? 0 : (summary.busyMs * 1000) / summary.tokens;
      process.stderr.write(
        `${summary.tokens} tokens from ${summary.samples} samples, ${price.toFixed(0)} µs per token, ${summary.cacheBytes} bytes of caches\n`,
      );
    }
  } finally {
    await sink.close();
    await pool.close();
  }
}

/** Ids of a model of ids are the value columns as they are: id, then token type and position where there are so many. */
async function modelOf(stream: StreamShape, options: EncodeOptions): Promise<ModelSpec> {
  const { model } = options;
  const overrides = overridesOf(options);
  // The input has an end, so a model that waits for it may hold the whole.
  if (model !== undefined) return { ...(await storedModel(model, stream, overrides)), untilEnd: 'allow' };
  return stream.kind === 'audio' ? audioModel('embedding') : seriesModel(stream.channels);
}

function overridesOf(options: EncodeOptions): Parameters<typeof storedModel>[2] & object {
  const { positionPolicy } = options;
  return { ...(positionPolicy === undefined ? {} : { positionPolicy }), ...lshOverrides(options) };
}

function requireModel(options: EncodeOptions): void {
  if (options.model !== undefined || Object.keys(overridesOf(options)).length === 0) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    'Expected `--model` with `--position-policy`, `--rule` or `--horizon`, because they change a stored model, got none',
  );
}
