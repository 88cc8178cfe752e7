import { expect, it } from 'vitest';
import { encodeSafetensors } from '../../src/experiment/safetensors.ts';

it('writes the header, then the values of each tensor where the header says', () => {
  const tensors = new Map([
    ['fc.weight', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }],
    ['fc.bias', { shape: [2], values: Float32Array.of(0, 5, 6).subarray(1) }],
  ]);
  const file = encodeSafetensors(tensors, { steps: '7' });
  const headerBytes = Number(file.readBigUInt64LE(0));
  expect(headerBytes % 8).toBe(0);
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<string, object>;
  expect(header).toEqual({
    __metadata__: { steps: '7' },
    'fc.weight': { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
    'fc.bias': { dtype: 'F32', shape: [2], data_offsets: [16, 24] },
  });
  const values = Array.from({ length: 6 }, (_, i) => file.readFloatLE(8 + headerBytes + 4 * i));
  expect(values).toEqual([1, 2, 3, 4, 5, 6]);
  expect(file.length).toBe(8 + headerBytes + 24);
});
