/** Bytes of a block of 32 keys `[headDim][32]`, behind which stand their 32 scales where they are integers. */
// @ts-ignore: decorator
@inline
export function keyBlockBytes<T>(headDim: i32): usize {
  if (isFloat<T>()) return <usize>headDim << 7;
  return (<usize>headDim << (5 + alignof<T>())) + 128;
}
