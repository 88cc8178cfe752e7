import { describe, expect, it } from 'vitest';
import { escapeControls } from '../../src/files/escape-controls.js';
import { formatBytes, formatClock, formatCount, formatLarge, formatLoss, formatPercent, formatSeconds } from '../../src/terminal/format.ts';

describe('numbers are shown', () => {
  it.each([
    [formatCount(5_367_554), '5,367,554'],
    [formatCount(999.6), '1,000'],
    [formatPercent(0.89115), '89.11 %'],
    [formatPercent(0.5, 0), '50 %'],
    [formatPercent(null), '–'],
    [formatLoss(0.69314), '0.6931'],
    [formatLoss(null), '–'],
    [formatClock(0), '0:00'],
    [formatClock(75.4), '1:15'],
    [formatClock(3675), '1:01:15'],
    [formatClock(Number.POSITIVE_INFINITY), '–'],
    [formatSeconds(0.837), '0.84 s'],
    [formatSeconds(123.45), '123.5 s'],
    [formatLarge(0), '0'],
    [formatLarge(999.4), '999'],
    [formatLarge(32_768), '32.8 k'],
    [formatLarge(999_999), '1.00 M'],
    [formatLarge(8_839_495_680), '8.84 G'],
    [formatBytes(1536 * 1024), '1.5 MiB'],
  ])('%s', (shown, expected) => { expect(shown).toBe(expected); });
});

it('text from outside cannot command the terminal', () => {
  expect(escapeControls('a\u001b[2Jb\rc\u0007')).toBe('a\\u001b[2Jb\\u000dc\\u0007');
});
