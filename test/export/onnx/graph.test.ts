import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantizeRows } from '../../../src/export/onnx/graph.ts';

const WIDTH = 4;
const tables = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: WIDTH, maxLength: 20 * WIDTH })
  .map((values) => values.slice(0, WIDTH * Math.floor(values.length / WIDTH)));

describe('quantizeRows', () => {
  it('is off by half a step at most (but for denormal numbers), and uses all steps of each row', () => {
    fc.assert(fc.property(tables, (table) => {
      const rows = table.length / WIDTH, { values, factors } = quantizeRows(table, [rows, WIDTH]);
      for (let row = 0; row < rows; row++) {
        const factor = factors[row] ?? 0, own = [...values.subarray(row * WIDTH, (row + 1) * WIDTH)];
        own.forEach((value, k) => {
          expect(Math.abs(value * factor - (table[row * WIDTH + k] ?? 0))).toBeLessThanOrEqual(factor / 2 * 1.0001 + 1e-40);
        });
        if (factor > 0) expect(Math.max(...own.map(Math.abs))).toBe(127);
      }
    }));
  });

  it('leaves a row of zeros, as the padding has, at zero', () => {
    expect(quantizeRows([0, 0, 3, -3], [2, 2])).toEqual({ values: Int8Array.of(0, 0, 127, -127), factors: Float32Array.of(0, 3 / 127) });
  });
});
