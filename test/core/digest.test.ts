import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireLittleEndian } from '../../core/byte-order.ts';
import { crc32, type DigestPart, portableCrc32, portableSha256Hex, sha256Hex } from '../../core/digest.ts';

const part: fc.Arbitrary<DigestPart> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'ä€😀', '\ud800 alone'),
  fc.uint8Array({ maxLength: 300 }),
  fc.float32Array({ maxLength: 40 }),
  fc.float64Array({ maxLength: 40 }),
  fc.float32Array({ minLength: 5, maxLength: 40 }).map((array) => array.subarray(1, 4)),
);

/** SHA-256 by Node, of bytes that are put in order one number at a time. */
function expected(parts: readonly DigestPart[]): string {
  const hash = createHash('sha256');
  for (const each of parts) {
    if (typeof each === 'string' || each instanceof Uint8Array) hash.update(each);
    else {
      const bytes = Buffer.alloc(each.byteLength);
      each.forEach((value, i) => {
        if (each instanceof Float32Array) bytes.writeFloatLE(value, 4 * i);
        else bytes.writeDoubleLE(value, 8 * i);
      });
      hash.update(bytes);
    }
  }
  return hash.digest('hex');
}

describe.each([
  ['with the hash of Node', sha256Hex],
  ['in plain JavaScript', portableSha256Hex],
])('SHA-256 %s', (_, digest) => {
  it('is that of the bytes of all parts', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        expect(digest(...parts)).toBe(expected(parts));
      }),
    );
  });

  // FIPS 180-4, examples of NIST.
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('of %j is that of the standard', (text, hex) => {
    expect(digest(text)).toBe(hex);
  });
});

describe.each([
  ['of Node', crc32],
  ['in plain JavaScript', portableCrc32],
])('the CRC-32 %s', (_, checksum) => {
  // The check value of CRC-32/ISO-HDLC.
  it('of the digits 1 to 9 is cbf43926', () => {
    expect(checksum(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('is that of all bytes when they come in parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        const inParts = checksum(bytes.subarray(cut), checksum(bytes.subarray(0, cut)));
        expect([inParts, checksum(bytes)]).toEqual([crc32(bytes), crc32(bytes)]);
      }),
    );
  });

  it('is the one before where no bytes follow', () => {
    expect(checksum(new Uint8Array(0), 0xcbf43926)).toBe(0xcbf43926);
  });
});

describe('a machine that stores the highest byte first', () => {
  it('is refused', () => {
    expect(() => requireLittleEndian(Uint8Array.of(0, 1))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('little-endian') }),
    );
    expect(() => requireLittleEndian(Uint8Array.of(1, 0))).not.toThrow();
  });
});
