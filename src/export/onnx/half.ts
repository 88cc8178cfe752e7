/**
 * The IEEE 754 half that is nearest to a float32, of two equally near ones the even one, as its 16 bits. Beyond ±65,504 it is infinite.
 */
export function toHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000, exponent = (bits >>> 23) & 0xff, fraction = bits & 0x7f_ffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const scaled = exponent - 127 + 15;
  if (scaled >= 31) return sign | 0x7c00;
  if (scaled < -10) return sign;
  // Below the least normal half the leading one is written out, and all is shifted further.
  const shift = scaled > 0 ? 13 : 14 - scaled;
  const whole = scaled > 0 ? (scaled << 23) | fraction : fraction | 0x80_0000;
  const kept = whole >>> shift, rest = whole & ((1 << shift) - 1), half = 1 << (shift - 1);
  const up = rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0;
  return sign | (kept + up); // a carry goes on into the exponent, as it should
}

/** Little-endian bytes of halves. */
export function toHalves(values: ArrayLike<number>): Uint8Array {
  const halves = Uint16Array.from({ length: values.length }, (_, k) => toHalf(values[k] ?? 0));
  return new Uint8Array(halves.buffer);
}
