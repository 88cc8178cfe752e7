import { describe, expect, it } from 'vitest';
import { createRandomStream, normalValues, randomWords, shuffled, uniformValues, writePhilox } from '../src/random.ts';

type Words4 = readonly [number, number, number, number];

describe('Philox4x32-10', () => {
  // Known answers distributed with Random123 (kat_vectors).
  it.each<[Words4, readonly [number, number], Words4]>([
    [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]],
  ])('maps counter %j under key %j to the published words', (counter, key, expected) => {
    const out = new Uint32Array(4);
    writePhilox(out, 0, counter, key);
    expect([...out]).toEqual([...expected]);
  });
});

describe('streams', () => {
  it('are the same for the same name and differ in every part of it', () => {
    const name = { seed: 1, purpose: 'shuffle', index: 2, subindex: 3 } as const;
    const first = randomWords(7, name);
    expect(randomWords(7, name)).toEqual(first);
    for (const other of [{ ...name, seed: 2 }, { ...name, purpose: 'dropout' as const }, { ...name, index: 3 }, { ...name, subindex: 4 }]) {
      expect(randomWords(7, other)).not.toEqual(first);
    }
  });

  it('read word by word equal the bulk words', () => {
    const name = { seed: 9, purpose: 'sample' } as const;
    const stream = createRandomStream(name);
    expect(Array.from({ length: 6 }, () => stream.uniform() * 2 ** 32)).toEqual([...randomWords(6, name)]);
  });

  it('give uniform values in range with the right mean', () => {
    const values = uniformValues(100_000, -0.5, 0.5, { seed: 3, purpose: 'initialisation' });
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(-0.5);
    expect(values.every((value) => value >= -0.5 && value < 0.5)).toBe(true);
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.005);
  });

  it('give normal values with mean 0 and variance 1, odd counts too', () => {
    const values = normalValues(100_001, { seed: 3, purpose: 'initialisation' });
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(values).toHaveLength(100_001);
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  });
});

describe('shuffled', () => {
  it('keeps every item, changes the order, and leaves its argument alone', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const result = shuffled(items, { seed: 1, purpose: 'shuffle', index: 1 });
    expect(result).not.toEqual(items);
    expect([...result].sort((a, b) => a - b)).toEqual(items);
  });
});
