import { firstValueFrom, lastValueFrom, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../core/index.ts';
import { concatAck, logMel, pull } from '../../operators/index.ts';
import { audioChunk } from './chunks.ts';
import { settled } from './controlled-source.ts';

async function* chunks(count: number, more: Partial<Chunk> = {}): AsyncGenerator<Chunk> {
  for (let i = 0; i < count; i++) yield audioChunk(100 * i, new Float32Array(100), more);
}

describe('pull', () => {
  it('gives each chunk as it was, with an ack', async () => {
    const chunk = await firstValueFrom(pull(chunks(1, { eventTimeMs: 5 }), { credits: 1 }));
    expect(chunk).toMatchObject({ ...audioChunk(0, new Float32Array(100)), eventTimeMs: 5 });
    expect(typeof chunk.ack).toBe('function');
  });

  it("calls a chunk's own ack once, before the credit returns", async () => {
    let acks = 0;
    const got: Chunk[] = [];
    const own = chunks(2, { ack: () => void acks++ });
    const subscription = pull(own, { credits: 1 }).subscribe((chunk) => got.push(chunk));
    await settled();
    got[0]?.ack?.();
    got[0]?.ack?.();
    await settled();
    expect([acks, got.length]).toEqual([1, 2]);
    subscription.unsubscribe();
  });

  it('returns the credit even when the own ack throws', async () => {
    const got: Chunk[] = [];
    const failing = (): never => {
      throw new RangeError('mine');
    };
    pull(chunks(2, { ack: failing }), { credits: 1 }).subscribe((chunk) => got.push(chunk));
    await settled();
    expect(() => got[0]?.ack?.()).toThrow('mine');
    await settled();
    expect(got.length).toBe(2);
  });

  it('keeps flowing with one credit through an operator that completes no token for most chunks', async () => {
    const tokens = pull(chunks(20), { credits: 1 }).pipe(
      logMel(),
      concatAck(async (block) => block.tokens.length / 64),
      toArray(),
    );
    const counts = await lastValueFrom(tokens);
    expect(counts.length).toBe(20);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(11); // (2000 - 400) / 160 + 1
  });

  it('lets no more chunks exist than it has credits, however slow the consumer is', async () => {
    let alive = 0;
    let most = 0;
    const work = pull(chunks(50), { credits: 3 }).pipe(
      tap(() => {
        alive += 1;
        most = Math.max(most, alive);
      }),
      concatAck(async () => {
        await settled();
        alive -= 1;
      }),
    );
    await lastValueFrom(work);
    expect(most).toBe(3);
  });
});
