import { expect, it } from 'vitest';

import { readPeakRssBytes, readRssBytes } from '../../src/measure/memory.ts';

const MEBIBYTE = 2 ** 20;

it('the peak keeps what has been given back', () => {
  const before = readPeakRssBytes();
  const size = before - readRssBytes() + 64 * MEBIBYTE;
  let block: Uint8Array | null = new Uint8Array(size).fill(1);
  expect(block[size - 1]).toBe(1);
  const peak = readPeakRssBytes();
  block = null;
  expect(peak).toBeGreaterThan(before + 32 * MEBIBYTE);
  expect(peak).toBeLessThan(before + 512 * MEBIBYTE);
  expect(readPeakRssBytes()).toBeGreaterThanOrEqual(peak);
});

it('is in bytes, and never below the resident set of the moment', () => {
  expect(readRssBytes()).toBeGreaterThan(20 * MEBIBYTE);
  expect(readPeakRssBytes()).toBeGreaterThanOrEqual(readRssBytes() - MEBIBYTE);
});
