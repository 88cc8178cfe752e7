import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/experiment/safetensors.ts';

it('writes the header, then the values of each tensor where the header says', () => {
  const tensors = new Map([
    ['fc.weight', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }],
    ['fc.bias', { shape: [2], values: Float32Array.of(0, 5, 6).subarray(1) }],
  ]);
  const file = Buffer.concat(encodeSafetensors(tensors, { steps: '7' }));
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

const example = Buffer.concat(
  encodeSafetensors(
    new Map([
      ['w', { shape: [2, 3], values: Float32Array.of(1, -0, 3, 1e-40, Infinity, 6) }],
      ['none', { shape: [0], values: new Float32Array() }],
    ]),
    { a: 'b' },
  ),
);

function withHeader(header: unknown, values = 8): Buffer {
  const json = typeof header === 'string' ? header : JSON.stringify(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  return Buffer.concat([length, Buffer.from(json), Buffer.alloc(values)]);
}

describe('reading', () => {
  it('gives back every bit of what was written, wherever the file lies in memory', () => {
    const shifted = Buffer.concat([Buffer.alloc(3), example]).subarray(3);
    for (const file of [example, shifted]) {
      const { tensors, metadata } = decodeSafetensors(file);
      expect(metadata).toEqual({ a: 'b' });
      expect([...tensors.keys()]).toEqual(['w', 'none']);
      expect(tensors.get('w')).toEqual({ shape: [2, 3], values: Float32Array.of(1, -0, 3, 1e-40, Infinity, 6) });
    }
  });

  const entry = (over: object = {}): object => ({ dtype: 'F32', shape: [2], data_offsets: [0, 8], ...over });
  it.each<[string, Uint8Array, string]>([
    ['an empty file', Buffer.alloc(0), 'is not a safetensors file'],
    ['a header without end', withHeader({ a: entry() }).subarray(0, 20), 'ends within its header'],
    ['a header longer than any', Buffer.alloc(64, 0xff), 'ends within its header'],
    ['a header that is no JSON', withHeader('{"a"'), 'has a header that is not JSON'],
    ['a header that is a list', withHeader([]), 'has a header with an unexpected ""'],
    ['other numbers than float32', withHeader({ a: entry({ dtype: 'F64' }) }), 'has a header with an unexpected "a.dtype"'],
    ['a negative length', withHeader({ a: entry({ shape: [-2] }) }), 'has a header with an unexpected "a.shape.0"'],
    ['a shape that the bytes do not fit', withHeader({ a: entry({ shape: [3] }) }), 'tensor "a" does not lie where its header says'],
    ['tensors that overlap', withHeader({ a: entry(), b: entry() }), 'tensor "b" does not lie where its header says'],
    ['values cut off', withHeader({ a: entry() }, 7), 'ends within its values'],
    ['values too many', withHeader({ a: entry() }, 12), 'holds 12 bytes of values where its header counts 8'],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeSafetensors(file)).toThrow(new UserError(message));
  });

  it('of anything at all ends in tensors or a UserError', () => {
    const damaged = fc.tuple(fc.nat(example.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
      const file = Buffer.from(example);
      file[at] = (file[at] ?? 0) ^ mask;
      return file;
    });
    const anyFile = fc.oneof(
      fc.uint8Array(),
      damaged,
      fc.jsonValue().map((value) => withHeader(value)),
      fc.string().map((text) => withHeader(text)),
    );
    fc.assert(fc.property(anyFile, (file) => {
      try {
        expect(decodeSafetensors(file).tensors).toBeInstanceOf(Map);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }), { numRuns: 2000 });
  });
});
