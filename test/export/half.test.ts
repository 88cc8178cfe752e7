import { describe, expect, it } from 'vitest';
import { quantizeRows } from '../../src/export/onnx/graph.ts';
import { toHalf } from '../../src/export/onnx/half.ts';

/** What 16 bits mean, by IEEE 754: sign, exponent of 5 bits, fraction of 10. */
function fromHalf(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1, exponent = (bits >> 10) & 0x1f, fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

describe('toHalf', () => {
  it('gives back every half', () => {
    for (let bits = 0; bits < 0x1_0000; bits++) {
      const value = fromHalf(bits);
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
    }
  });

  it('takes the nearest half, of two equally near ones the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const low = fromHalf(bits), high = fromHalf(bits + 1), middle = (low + high) / 2;
      expect(toHalf(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      if (bits % 97 !== 0) continue;
      expect(toHalf(middle - (high - low) / 8)).toBe(bits);
      expect(toHalf(-middle - (high - low) / 8)).toBe((bits + 1) | 0x8000);
    }
  });

  it('is infinite beyond the largest half, and no number for no number', () => {
    expect([65_504, 65_519, 65_520, -1e9].map(toHalf)).toEqual([0x7bff, 0x7bff, 0x7c00, 0xfc00]);
    expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
  });
});

describe('quantizeRows', () => {
  it('keeps each value to half of its row\'s step, and rows of zeros', () => {
    const table = [0.5, -1, 0.01, 0, 0, 0, 3, 1e-9, -2.9999], { values, factors } = quantizeRows(table, [3, 3]);
    table.forEach((value, k) => {
      const factor = factors[Math.floor(k / 3)] ?? 0;
      expect(Math.abs((values[k] ?? 0) * factor - value)).toBeLessThanOrEqual(factor / 2 + 1e-7);
    });
    expect([factors[1], ...values.subarray(3, 6)]).toEqual([0, 0, 0, 0]);
  });
});
