import { configuredModel, ModelPool, requirePipeline, StreamTask } from '../../pipeline/index.ts';

const WARM_UP = 200;
const CALLS = 400;

/** What one record of one row takes in the model of a pipeline file, its thread included: the median, in ms. */
export async function modelTime(pipeline: string): Promise<number> {
  const spec = await configuredModel(requirePipeline(pipeline, 'bench'), { kind: 'series', channels: 1 });
  const pool = new ModelPool({ workers: 1 });
  try {
    const task = new StreamTask(pool, { spec, streamId: 'one', columns: ['a'] });
    const times: number[] = [];
    for (let row = 0; row < WARM_UP + CALLS; row++) {
      const start = performance.now();
      await task.process({
        ...{ streamId: 'one', startSample: row, sampleRateHz: 0, channels: 1, eventTimeMs: undefined },
        samples: Float64Array.of(Math.sin(row)),
      });
      if (row >= WARM_UP) times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[CALLS / 2] as number;
  } finally {
    await pool.close();
  }
}
