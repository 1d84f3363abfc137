// Numbers of a cache as vectors. T is how they are stored: f32, or i16 or i8 with one float32 scale for each key or value.
// Offsets have to be literals, so there is a function for each place: vector n holds the numbers 4n .. 4n + 3 from `at` on.
// Bytes are loaded eight at a time: the compiler makes one load of the two of a pair.

// @ts-ignore: decorator
@inline
export function vector0<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at, 0);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at, 0));
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v128.load_ext<i8>(at, 0)));
}

// @ts-ignore: decorator
@inline
export function vector1<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at, 16);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at, 8));
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v128.load_ext<i8>(at, 0)));
}

// @ts-ignore: decorator
@inline
export function vector2<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at, 32);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at, 16));
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v128.load_ext<i8>(at, 8)));
}

// @ts-ignore: decorator
@inline
export function vector3<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at, 48);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at, 24));
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v128.load_ext<i8>(at, 8)));
}

// @ts-ignore: decorator
@inline
export function vector4<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at, 64);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at, 32));
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v128.load_ext<i8>(at, 16)));
}

// @ts-ignore: decorator
@inline
export function vector5<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at, 80);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at, 40));
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v128.load_ext<i8>(at, 16)));
}

// @ts-ignore: decorator
@inline
export function vector6<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at, 96);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at, 48));
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v128.load_ext<i8>(at, 24)));
}

// @ts-ignore: decorator
@inline
export function vector7<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at, 112);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<i16>(at, 56));
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v128.load_ext<i8>(at, 24)));
}
