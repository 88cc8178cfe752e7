import { describe, expect, it } from 'vitest';
import stringWidth from 'string-width';

import { escapeControls } from '../../src/files/escape-controls.js';
import { formatBytes, formatClock, formatCount, formatLarge, formatLoss, formatPercent, formatSeconds } from '../../src/terminal/format.ts';
import { renderProgressLine } from '../../src/terminal/progress-bar.ts';
import type { ProgressLine } from '../../src/terminal/progress-bar.ts';

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

const epoch: ProgressLine = {
  label: 'epoch  1/20',
  done: 123,
  total: 352,
  time: '0:21 left',
  notes: ['train 0.5603 69.70 %', '627 reviews/s'],
  extras: ['step 123/352'],
};
const download: ProgressLine = { label: 'Downloading IMDB', done: 12, total: 80, time: '0:07 left', notes: ['12.0 MiB of 80.2 MiB'] };

describe('the line of a task gives way from the right', () => {
  it('an epoch: step, then the bar, then the rate; label, percent and time stay', () => {
    const lines = [200, 120, 100, 80, 72, 60, 50, 40].map((columns) => `${columns}: ${renderProgressLine(epoch, columns - 1, 0)}`);
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      200: epoch  1/20   34 %  ━━━━━━━━────────────────  0:21 left  train 0.5603 69.70 %  627 reviews/s  step 123/352
      120: epoch  1/20   34 %  ━━━━━━━━────────────────  0:21 left  train 0.5603 69.70 %  627 reviews/s  step 123/352
      100: epoch  1/20   34 %  ━━━━━────────────  0:21 left  train 0.5603 69.70 %  627 reviews/s  step 123/352
      80: epoch  1/20   34 %  ━━━────────  0:21 left  train 0.5603 69.70 %  627 reviews/s
      72: epoch  1/20   34 %  0:21 left  train 0.5603 69.70 %  627 reviews/s
      60: epoch  1/20   34 %  ━━────  0:21 left  train 0.5603 69.70 %
      50: epoch  1/20   34 %  ━━━━━━────────────  0:21 left
      40: epoch  1/20   34 %  ━━──────  0:21 left
      "
    `);
  });

  it('a download', () => {
    const lines = [120, 80, 60, 40].map((columns) => `${columns}: ${renderProgressLine(download, columns - 1, 0)}`);
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      120: Downloading IMDB   15 %  ━━━─────────────────────  0:07 left  12.0 MiB of 80.2 MiB
      80: Downloading IMDB   15 %  ━━━──────────────────  0:07 left  12.0 MiB of 80.2 MiB
      60: Downloading IMDB   15 %  0:07 left  12.0 MiB of 80.2 MiB
      40: Downloading IMDB   15 %  0:07 left
      "
    `);
  });

  it('one whose end is not known shows the time that has passed, and a piece that moves', () => {
    const at = (seconds: number): string => renderProgressLine({ label: 'Loading train', done: 0 }, 59, 1000 * seconds);
    expect([at(0), at(0.5), at(2), at(2.5), at(75)]).toMatchInlineSnapshot(`
      [
        "Loading train  ━━━━────────────────────  0:00",
        "Loading train  ─────━━━━───────────────  0:01",
        "Loading train  ────────────────────━━━━  0:02",
        "Loading train  ───────────────━━━━─────  0:03",
        "Loading train  ──────────━━━━──────────  1:15",
      ]
    `);
  });
});

describe.each([
  epoch,
  download,
  { ...epoch, total: undefined },
  { label: '很长的标签'.repeat(20), done: 1, total: 2, time: '1:02:03 left' },
])('%o', (line) => {
  it('never takes more columns than there are, nor loses percent and time', () => {
    for (let columns = 24; columns <= 130; columns++) {
      const shown = renderProgressLine(line, columns, 1234);
      expect(stringWidth(shown), shown).toBeLessThanOrEqual(columns);
      expect(shown).toContain(line.time);
      if (line.total !== undefined) expect(shown).toMatch(/ \d+ %/);
    }
  });
});

it.each([[0, 0], [5, 0], [-1, 10], [11, 10], [0, 10], [10, 10]])('%i of %i is a percentage from 0 to 100', (done, total) => {
  expect(renderProgressLine({ label: 'a', done, total }, 80, 0)).toMatch(/^a {2}( {2}0|100) % {2}[━─]{24} {2}0:00$/);
});

it('reaches 100 % only at the end', () => {
  expect(renderProgressLine({ label: 'a', done: 999, total: 1000 }, 80, 0)).toContain(' 99 %');
});
