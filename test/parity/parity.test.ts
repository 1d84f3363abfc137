import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { runParity } from '../../bench/index.ts';

const SMALL = fileURLToPath(new URL('../fixtures/hf', import.meta.url));
const COLLECTION = fileURLToPath(new URL('../../../shared/fixtures/hf', import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function run(
  directory: string,
  engine: 'wasm' | 'reference' = 'wasm',
): Promise<{ lines: string[]; passed: number; failed: number; skipped: number }> {
  const lines: string[] = [];
  const counts = await runParity(directory, (line) => lines.push(line), { engine });
  return { lines, ...counts };
}

/** A folder with one case of the small collection, changed. */
function changed(name: string, change: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'longwave-parity-'));
  folders.push(folder);
  for (const end of ['json', 'safetensors']) cpSync(join(SMALL, `${name}.${end}`), join(folder, `${name}.${end}`));
  change(folder);
  return folder;
}

function editSidecar(folder: string, name: string, edit: (json: Record<string, unknown>) => void): void {
  const path = join(folder, `${name}.json`);
  const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  edit(json);
  writeFileSync(path, JSON.stringify(json));
}

describe('parity with Hugging Face', () => {
  it.each(['wasm', 'reference'] as const)(
    'holds for every small case, as a sequence and as a stream of %s',
    async (engine) => {
      const { lines, passed, failed } = await run(SMALL, engine);
      console.log(lines.join('\n'));
      expect([passed, failed]).toEqual([26, 0]);
      expect(lines.filter((line) => line.includes('; streamed ')).length).toBe(9);
      expect(lines.filter((line) => line.includes(': cached ')).length).toBe(3);
    },
  );

  it.skipIf(!existsSync(COLLECTION))('holds for every case of the large collection', async () => {
    const { lines, passed, failed } = await run(COLLECTION);
    expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
    expect([passed >= 48, failed]).toEqual([true, 0]);
  });

  it('fails when one value of a reference is off by a hair', async () => {
    const name = 'longformer-local';
    const folder = changed(name, (path) => {
      const file = join(path, `${name}.safetensors`);
      const bytes = readFileSync(file);
      const start = 8 + Number(bytes.readBigUInt64LE(0));
      const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets: [number, number] }>;
      const at =
        start + (header['f64.last_hidden_state'] as { data_offsets: [number, number] }).data_offsets[0] + 8 * 700;
      bytes.writeDoubleLE(bytes.readDoubleLE(at) + 1e-4, at);
      writeFileSync(file, bytes);
    });
    const { lines, passed, failed } = await run(folder);
    expect([passed, failed]).toEqual([0, 1]);
    expect(lines[0]).toMatch(/^✗ longformer-local: .*OVER out\.last_hidden_state: 1\.0e-4/);
  });

  it('fails when a case asks for a result that no model gives', async () => {
    const name = 'longformer-short';
    const folder = changed(name, (path) =>
      editSidecar(path, name, (json) => {
        (json.compare as unknown[]).push(['out.unknown', 'out.pooler_output', 1e-6, 1e-5]);
      }),
    );
    const { lines, failed } = await run(folder);
    expect([failed, lines[0]]).toEqual([1, expect.stringContaining('OVER out.unknown')]);
  });

  it('does not depend on the name of a case', async () => {
    const folder = changed('longformer-short', (path) => {
      for (const end of ['json', 'safetensors']) {
        cpSync(join(path, `longformer-short.${end}`), join(path, `x.${end}`));
        rmSync(join(path, `longformer-short.${end}`));
      }
    });
    const { lines, passed } = await run(folder);
    expect([passed, lines[0]]).toEqual([1, expect.stringMatching(/^✓ x: /)]);
  });

  it('names what is wrong with a broken case and goes on', async () => {
    const folder = changed('longformer-short', (path) => {
      cpSync(join(SMALL, 'longformer-local.json'), join(path, 'broken.json'));
      writeFileSync(join(path, 'broken.safetensors'), 'nothing');
      editSidecar(path, 'longformer-short', (json) => {
        json.compare = [['out.pooler_output', 'out.pooler_output', 'small', 1]];
      });
    });
    const { lines, failed } = await run(folder);
    expect(lines).toEqual([
      expect.stringMatching(/^✗ broken: .*WEIGHTS_MALFORMED/),
      expect.stringMatching(/^✗ longformer-short: .*`compare\[0\]`/),
      '0 passed, 2 failed',
    ]);
    expect(failed).toBe(2);
  });

  it.each(['parity', 'soak', 'duplication', 'lsh-price'])('ends quietly when the reader of %s goes away', (bench) => {
    const main = fileURLToPath(new URL(`../../dist/bench/${bench}/main.js`, import.meta.url));
    const tokens = bench === 'soak' ? '--tokens 10000' : bench === 'lsh-price' ? '--tokens 1000' : '';
    const { stdout, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${main}" ${tokens} | head -n 1`], {
      encoding: 'utf8',
    });
    expect([stdout.trimEnd().split('\n').length, stderr]).toEqual([1, '']);
  });

  it.each([
    ['a family without an encoder', { family: 'longfomer' }, 'family longfomer has no encoder here'],
    ['a family that is a word of the language', { family: 'constructor' }, 'has no encoder here'],
    ['nothing but gradients', { compare: [['grad.a', 'grad.a', 0, 1]] }, 'nothing to compare but gradients'],
  ])('fails a case with %s', async (_, change, message) => {
    const folder = changed('longformer-short', (path) =>
      editSidecar(path, 'longformer-short', (json) => void Object.assign(json, change)),
    );
    expect(await run(folder)).toMatchObject({
      passed: 0,
      failed: 1,
      lines: [expect.stringContaining(message), '0 passed, 1 failed'],
    });
  });

  it('fails a description whose tensors are missing, and a reference of another shape', async () => {
    const lone = changed('longformer-short', (path) => rmSync(join(path, 'longformer-short.safetensors')));
    expect(await run(lone)).toMatchObject({ passed: 0, failed: 1 });
    const reshaped = changed('longformer-local', (path) =>
      editSidecar(path, 'longformer-local', (json) => {
        // [B, n, H] is asked for, and [B, H] stands there.
        json.compare = [['out.last_hidden_state', 'out.pooler_output', 1e-6, 1e9]];
      }),
    );
    const { failed, lines } = await run(reshaped);
    expect([failed, lines[0]]).toEqual([1, expect.stringContaining('`out.last_hidden_state` to hold 48 rows of 32')]);
  });

  it('fails on a directory without cases', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longwave-parity-'));
    folders.push(folder);
    expect((await run(folder)).failed).toBe(1);
  });
});
