import { describe, expect, it } from 'vitest';
import { murmur2, partitionOfKey } from '../../../connectors/embedded/murmur2.ts';
import { MURMUR2_VECTORS } from '../../checks/transport-write-checks.ts';

describe('murmur2', () => {
  it.each(MURMUR2_VECTORS)('of %s is what Kafka computes', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
    expect(partitionOfKey(Buffer.from(key), 12)).toBe((hash & 0x7fffffff) % 12);
  });

  it('takes bytes above 127 and no bytes at all', () => {
    // From kafkajs's murmur2, which computes in 64 bits.
    expect(murmur2(Uint8Array.of(255, 128, 200, 254, 253, 129, 250))).toBe(-690016463);
    expect(murmur2(new Uint8Array(0))).toBe(275646681);
  });
});
