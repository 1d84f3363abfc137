import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../bench/encoder/engines/engine.ts';
import { onnxruntimeConcat } from '../../../bench/encoder/engines/onnxruntime-concat.ts';
import { onnxruntimeRing } from '../../../bench/encoder/engines/onnxruntime-ring.ts';
import { onnxruntimeRecompute } from '../../../bench/encoder/engines/recompute.ts';
import { tfjsNode, tfjsWasm } from '../../../bench/encoder/engines/tfjs.ts';
import { Oracle } from '../../../bench/encoder/oracle.ts';
import { INSTALL_PEERS, loadPeer } from '../../../bench/encoder/peers/load-peer.ts';
import { loadOnnxruntime } from '../../../bench/encoder/peers/onnxruntime.ts';
import { loadTensorflowWasm } from '../../../bench/encoder/peers/tensorflow.ts';
import { smallBatches, smallModel } from './small-model.ts';

const ort = loadOnnxruntime();
const tf = await loadTensorflowWasm();
const needs = `(needs \`${INSTALL_PEERS}\`)`;

/** Windows of 40 are passed several times, with calls that are no divisor of them. */
const TOKENS = [1, 7, 3, 1, 16, 8, 16, 1, 16, 3];

async function expectSameModel(engine: Engine, streams: number): Promise<void> {
  const model = smallModel();
  const session = await engine.open(model, { streams, tokens: [...new Set(TOKENS)] });
  const difference = await new Oracle(model).difference(engine, session, smallBatches(streams, TOKENS));
  await session.close();
  expect(difference).toBeLessThan(1e-5);
}

describe.skipIf('missing' in ort)(`onnxruntime ${needs}`, () => {
  const { loaded } = ort as Extract<typeof ort, { loaded: unknown }>;
  const engines = { onnxruntimeRing, onnxruntimeConcat, onnxruntimeRecompute };
  const cases = Object.entries(engines).flatMap(([name, engineOf]) =>
    [1, 3].map((streams) => ({ name, engineOf, streams })),
  );

  it.each(cases)('$name gives what the encoder gives, $streams streams', async ({ engineOf, streams }) => {
    await expectSameModel(engineOf(loaded), streams);
  });

  it('gives every stream its own rows', async () => {
    const model = smallModel();
    const session = await onnxruntimeRing(loaded).open(model, { streams: 2, tokens: [4] });
    const [batch] = smallBatches(2, [4]) as [ReturnType<typeof smallBatches>[number]];
    await session.step(batch);
    expect(session.encodings(0)).toHaveLength(4 * 16);
    expect(session.encodings(0)).not.toEqual(session.encodings(1));
    await session.close();
  });
});

describe.skipIf('missing' in tf)(`TensorFlow.js ${needs}`, () => {
  const { loaded } = tf as Extract<typeof tf, { loaded: unknown }>;

  it.each([1, 3])('gives what the encoder gives with rings in its memory, %i streams', async (streams) => {
    await expectSameModel(tfjsWasm(loaded), streams);
  });

  // On the wasm backend, because the other one is seldom installed.
  it.each([1, 3])('gives what the encoder gives with concatenated caches, %i streams', async (streams) => {
    await expectSameModel(tfjsNode(loaded), streams);
  });

  it('leaves uncaught errors to others', () => {
    const listeners = process.listeners('uncaughtException').map(String);
    expect(listeners.filter((text) => text.includes('ExitStatus'))).toEqual([]);
  });
});

describe('a package that is not in bench/peers', () => {
  it('is missing, with the command that installs the others', () => {
    expect(loadPeer('no-such-engine')).toEqual({
      missing: 'no-such-engine is not installed; `npm run bench:peers` installs it',
    });
  });
});
