import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, longwave } from './run-command.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-lint-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('longwave lint and run', () => {
  it('finds no fault in the examples', async () => {
    for (const name of ['series-to-ndjson.yaml', 'kafka-audio.yaml', 'kafka-sensors.yaml']) {
      expect(await longwave(['lint', join(ROOT, 'examples', name)])).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('ends with 2 and names line and column of each fault', async () => {
    const path = join(folder, 'bad.yaml');
    writeFileSync(
      path,
      'name: x\nsource:\n  csv: { path: a.csv, tiem: t }\nhead: { anomaly: {} }\nsink: { ndjson: {} }\nworkers: 0\n',
    );
    const { code, stdout } = await longwave(['lint', path]);
    expect(code).toBe(2);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(path.length)),
    ).toEqual([
      expect.stringMatching(/^:3:23: `source\.csv\.tiem`: Expected/),
      expect.stringMatching(/^:6:1: `workers`: /),
    ]);
    expect((await longwave(['run', path])).code).toBe(2);
    expect((await longwave(['lint', join(folder, 'none.yaml')])).code).toBe(2);
    const { stdout: schema } = await longwave(['lint', '--schema']);
    expect(JSON.parse(schema)).toMatchObject({ title: 'Longwave pipeline', type: 'object' });
  });

  it('has a library example that runs as it stands', async () => {
    const recording = join(dirname(createRequire(import.meta.url).resolve('node-wav/package.json')), 'file.wav');
    const child = spawn(process.execPath, [join(ROOT, 'examples/stream-wav.mjs'), recording]);
    const { code, stdout } = await collect(child);
    const lines = stdout.trimEnd().split('\n');
    expect([code, lines.length]).toEqual([0, 60]);
    expect(lines[1]).toMatch(/^1 s: 100 tokens from 98 on, first value -?\d/);
  });

  it('has an example of a Hugging Face model that runs as it stands', async () => {
    const checkpoint = join(ROOT, 'test/fixtures/hf/longformer-checkpoint');
    const child = spawn(process.execPath, [join(ROOT, 'examples/stream-hugging-face.mjs'), checkpoint]);
    const { code, stdout } = await collect(child);
    const lines = stdout.trimEnd().split('\n');
    expect([code, lines.length]).toEqual([0, 12]);
    expect(lines[0]).toBe('28768 parameters, output 12 tokens behind the input');
    expect(lines[11]).toMatch(/^12 encodings from token 88 on, first value -?\d/);
  });

  it('runs a stored model from a pipeline file to what encode prints for it', async () => {
    const [ids, pipeline, out] = [join(folder, 'ids.csv'), join(folder, 'ids.yaml'), join(folder, 'ids.ndjson')];
    const checkpoint = join(ROOT, 'test/fixtures/hf/longformer-checkpoint');
    writeFileSync(ids, `id\n${Array.from({ length: 30 }, (_, i) => 3 + i).join('\n')}\n`);
    const text = (model: string): string =>
      `name: ids\nsource: { csv: { path: ${ids} } }\nencoder: { model: ${model} }\nhead: { embedding: {} }\nsink: { ndjson: { path: ${out} } }\n`;
    writeFileSync(pipeline, text(checkpoint));
    expect((await longwave(['run', pipeline])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe((await longwave(['encode', ids, '--model', checkpoint])).stdout);
    writeFileSync(pipeline, text(join(folder, 'nowhere')));
    expect((await longwave(['lint', pipeline])).code).toBe(0);
    const { code, stderr } = await longwave(['run', pipeline]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/nowhere, got none \[WEIGHTS_UNREADABLE\]\n$/)]);
  });

  it('runs a file pipeline to NDJSON that equals what detect prints', async () => {
    const series = join(ROOT, 'examples/data/rds_cpu_utilization_cc0c53.csv');
    const [pipeline, out] = [join(folder, 'series.yaml'), join(folder, 'out.ndjson')];
    writeFileSync(
      pipeline,
      `name: cpu\nsource: { csv: { path: ${series} } }\nhead: { anomaly: {} }\nsink: { ndjson: { path: ${out} } }\n`,
    );
    expect((await longwave(['run', pipeline])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe((await longwave(['detect', series])).stdout);
  });
});
