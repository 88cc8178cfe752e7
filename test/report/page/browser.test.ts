import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { renderReport } from '../../../src/report/page/page.ts';
import { readVariable } from '../../../src/files/user-environment.ts';
import { makeTemporaryFolder } from '../../experiment/temporary-folder.ts';
import { hasBrowser, useBrowser } from '../../support/browser.ts';
import type { OpenedPage } from '../../support/browser.ts';
import {
  countHiddenReasons,
  findCut,
  findFaint,
  measureFirstFigures,
  measureOverflow,
  readBackground,
  readBreaks,
  scrollTable,
} from '../../support/page-checks.ts';
import { sixModels } from '../../experiment/made-runs.ts';
import { madeClaims, makeContent, makeRuns } from './made-content.ts';

const folder = makeTemporaryFolder();
const file = join(folder, 'report.html');
/** Where whole pages are left to be looked at; otherwise what a window shows is drawn and forgotten. */
const pictures = readVariable('REPORT_PICTURES');
/** The width of A4 between the margins of the style sheet, 182 mm at 96 pixels an inch. */
const A4 = 688;
const views = [
  [360, 'light', 'screen'],
  [360, 'dark', 'screen'],
  [768, 'light', 'screen'],
  [1280, 'light', 'screen'],
  [1280, 'dark', 'screen'],
  [A4, 'light', 'print'],
  [A4, 'dark', 'print'],
] as const;

describe.skipIf(!hasBrowser)('the report in a browser', () => {
  beforeAll(async () => {
    const longWords = madeClaims.map((claim, k) =>
      k === 0 ? { ...claim, figure: `W_hh${'·W_hh'.repeat(40)}`, check: 'x'.repeat(300) } : claim,
    );
    const dropout = sixModels
      .slice(2, 5)
      .map((run) => ({ ...run, model: { ...run.model, embeddingDropoutRate: 0.5, headDropoutRate: 0.5 } }));
    const content = await makeContent(
      makeRuns([...sixModels, ...dropout, { model: { cell: 'gru', embeddingDropoutRate: 0.25, headDropoutRate: 0.75 } }], [1, 2, 3]),
      longWords,
    );
    const tables = content.tables.map((table) => ({
      ...table,
      comparison: { ...table.comparison, notes: [`experiments/${'long'.repeat(60)} has no predictions`] },
    }));
    writeFileSync(file, renderReport({ ...content, tables }));
  });
  const open = useBrowser({ keeps: true });

  describe.each(views)('%d pixels wide, %s, on %s', (width, scheme, media) => {
    let opened: OpenedPage;
    beforeAll(async () => { opened = await open(file, { width, colorScheme: scheme, media }); });

    it('writes nothing to the console and asks for nothing', () => {
      expect(opened.seen).toEqual({ console: [], requests: [] });
    });

    it('overflows nowhere', async () => {
      expect(await opened.page.evaluate(measureOverflow)).toBe(0);
      expect(await opened.page.evaluate(findCut)).toEqual([]);
    });

    it('is dark at night, and white by day and on paper', async () => {
      expect(await opened.page.evaluate(readBackground)).toBe(scheme === 'dark' && media === 'screen' ? 'rgb(18, 22, 27)' : 'rgb(255, 255, 255)');
    });

    it('has letters of enough contrast', async () => {
      expect(await opened.page.evaluate(findFaint)).toEqual([]);
    });

    it('can be looked at', async () => {
      const picture = await opened.page.screenshot({
        path: join(pictures ?? folder, `${width}-${scheme}-${media}.png`),
        fullPage: pictures !== undefined,
      });
      expect(picture.length).toBeGreaterThan(20_000); // a blank page is some 4,000
    });
  });

  it('scrolls the table by itself on a phone, the model\'s name staying', async () => {
    const { page } = await open(file, { width: 360 });
    const [scrolled, moved] = await page.evaluate<[number, number]>(scrollTable);
    expect(scrolled).toBe(300);
    expect(Math.abs(moved)).toBeLessThan(1);
  });

  it('shows a model and its honest accuracy on a phone without scrolling, and that there is more', async () => {
    const { page } = await open(file, { width: 360 });
    expect(await page.evaluate(measureFirstFigures)).toBeLessThanOrEqual(360);
    expect(await page.evaluate('getComputedStyle(document.querySelector(".scroller")).backgroundAttachment')).toBe(
      'local, local, scroll, scroll',
    );
  });

  it('opens a claim when its link is followed, and all of them on paper', async () => {
    const { page } = await open(file, { width: 1280 });
    expect(await page.evaluate(countHiddenReasons)).toBe(23);
    await page.click('.tally a[href="#claim-4"]');
    await expect.poll(() => page.evaluate(countHiddenReasons)).toBe(22);
    await page.emulateMedia({ media: 'print' });
    await expect.poll(() => page.evaluate(countHiddenReasons)).toBe(0);
  });

  it('prints on A4 without cutting a row or a claim', async () => {
    const { page } = await open(file, { width: A4, colorScheme: 'dark', media: 'print' });
    expect(await page.evaluate(readBreaks)).toEqual(['avoid', 'avoid', 'avoid', 'avoid', 'avoid']);
    const pdf = (await page.pdf({ path: join(folder, 'report.pdf'), preferCSSPageSize: true })).toString('latin1');
    const boxes = new Set(
      [...pdf.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map(([, box]) =>
        box
          ?.trim()
          .split(/\s+/)
          .map((side) => Math.round(Number(side)))
          .join(' '),
      ),
    );
    expect([...boxes]).toEqual(['0 0 595 842']);
  });
});
