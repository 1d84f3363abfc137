import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWavHeader, tolerateClosedPipe } from '../../connectors/index.ts';
import {
  audioModel,
  defaultSeriesEncoder,
  ModelPool,
  openInput,
  runStream,
  type StreamSummary,
  StreamTask,
} from '../../pipeline/index.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { reportError } from '../report-error.ts';
import { type DemoView, openView } from './view.ts';

/** `npm start`: a real recording and a real sensor series through the whole way, shown as it happens. */
const RECORDING = join(dirname(createRequire(import.meta.url).resolve('node-wav/package.json')), 'file.wav');
const SERIES = fileURLToPath(new URL('../../../examples/data/rds_cpu_utilization_cc0c53.csv', import.meta.url));
/** Rows of the series; only for the progress bar. */
const SERIES_ROWS = 4032;

tolerateClosedPipe();
const interrupt = listenForInterrupt();
const pool = new ModelPool({ workers: 1 });
const view = openView();
try {
  await streamRecording(view);
  if (!interrupt.signal.aborted) await streamSeries(view);
  await view.close();
} catch (error) {
  reportError(error, process.argv.includes('--verbose'));
  process.exitCode = exitCodeOf(error);
} finally {
  await pool.close();
}
if (interrupt.received !== undefined)
  process.exitCode = interrupt.received === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;

async function streamRecording(view: DemoView): Promise<void> {
  const header = await readWavHeader({ path: RECORDING });
  const total = header.dataBytes === undefined ? undefined : header.dataBytes / header.blockAlignBytes;
  const { source, columns } = await openInput({ format: 'wav', path: RECORDING });
  const task = new StreamTask(pool, { spec: audioModel('scene'), streamId: 'speech', columns });
  await show(
    {
      title: 'recording',
      about: '60 s of speech in a room, 16 kHz: log-mel tokens → Longformer → novelty of the acoustic scene',
      total,
      source,
      task,
    },
    view,
  );
}

async function streamSeries(view: DemoView): Promise<void> {
  const { source, columns } = await openInput({ format: 'csv', path: SERIES });
  const spec = { kind: 'anomaly', head: { channels: 1 }, encoder: defaultSeriesEncoder(1) } as const;
  const task = new StreamTask(pool, { spec, streamId: 'database-cpu', columns });
  await show(
    {
      title: 'series',
      about: 'CPU use of a database server, a value every 5 minutes: Longformer → novelty and forecast',
      total: SERIES_ROWS,
      source,
      task,
    },
    view,
  );
}

interface Show {
  readonly title: string;
  readonly about: string;
  readonly total: number | undefined;
  readonly source: Awaited<ReturnType<typeof openInput>>['source'];
  readonly task: StreamTask;
}

async function show({ title, about, total, source, task }: Show, view: DemoView): Promise<void> {
  view.begin(title, about);
  const started = performance.now();
  const summary: StreamSummary = await runStream({
    source,
    task,
    sink: { name: title, write: async (findings) => view.findings(findings), close: async () => undefined },
    signal: interrupt.signal,
    onProgress: (progress) => view.progress(progress.samples, total, progress.tokens),
  });
  view.end({ ...summary, elapsedMs: performance.now() - started });
}
