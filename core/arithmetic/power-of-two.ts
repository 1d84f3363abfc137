const bits = new DataView(new ArrayBuffer(8));

/** 2^n exactly, by its bits, for an integer n in −1022..1023. (`**` may be approximate: ECMA-262, Number::exponentiate.) */
export function powerOfTwo(n: number): number {
  bits.setUint32(0, (n + 1023) << 20);
  return bits.getFloat64(0);
}
