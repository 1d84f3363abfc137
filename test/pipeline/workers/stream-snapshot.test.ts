import { describe, expect, it } from 'vitest';
import type { ModelSpec } from '../../../pipeline/index.ts';
import { EncoderCache } from '../../../pipeline/workers/encoder-cache.ts';
import { openStreamModel } from '../../../pipeline/workers/stream-model.ts';
import { MODELS, wave } from './model-rows.ts';

/** Sizes of pushes: within a warm-up or a frame, across it, and far behind it. */
const LENGTHS = [0, 7, 40, 300, 1, 160, 250];

describe('the snapshot of a stream model', () => {
  it.each(Object.entries(MODELS))('goes on with the same bits after each push: %s', async (name, spec) => {
    const cache = new EncoderCache();
    const whole = await openStreamModel(spec, cache);
    let restored = await openStreamModel(spec, cache);
    let from = 0;
    for (const length of [...LENGTHS, 'end' as const, 'end' as const]) {
      const snapshot = restored.snapshot();
      if (snapshot !== undefined) {
        const next = await openStreamModel(spec, cache);
        next.restore(structuredClone(snapshot));
        restored = next;
      } else expect(name).toBe('a stream that is held whole');
      if (length === 'end') expect(restored.flush()).toEqual(whole.flush());
      else expect(restored.push(wave(from, length))).toEqual(whole.push(wave(from, length)));
      const { busyMs: _, ...figures } = restored.stats();
      expect(whole.stats()).toMatchObject(figures);
      from += length === 'end' ? 0 : length;
    }
  });

  it('carries why the model takes no more', async () => {
    const encoder = { longformer: { inputSize: 1, hiddenSize: 4, numLayers: 1, numHeads: 1, window: 4 }, seed: 1 };
    const spec: ModelSpec = { kind: 'embedding', front: { kind: 'scale', channels: 1, warmupRows: 2 }, encoder };
    const model = await openStreamModel(spec, new EncoderCache());
    model.push(wave(0, 5));
    model.flush();
    const fault = { name: 'StateError', code: 'STREAM_ENDED' };
    expect(() => model.push(wave(5, 2))).toThrow(expect.objectContaining(fault));
    const restored = await openStreamModel(spec, new EncoderCache());
    restored.restore(model.snapshot() ?? expect.unreachable());
    expect(restored.refusal).toMatchObject(fault);
    expect(() => restored.push(wave(7, 0))).toThrow(expect.objectContaining(fault));
  });

  it('is refused where a part is missing or of another model', async () => {
    const [scaled, plain] = Object.values(MODELS) as [ModelSpec, ModelSpec];
    const cache = new EncoderCache();
    const snapshot = (await openStreamModel(plain, cache)).snapshot() ?? expect.unreachable();
    const other = await openStreamModel(scaled, cache);
    expect(() => other.restore(snapshot)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_MODEL_MISMATCH' }));
    const front = other.snapshot()?.front ?? expect.unreachable();
    expect(() => other.restore({ ...snapshot, front })).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_MODEL_MISMATCH' }),
    );
  });
});
