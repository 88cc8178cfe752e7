import { describe, expect, it } from 'vitest';

import { articles } from '../../../src/articles/articles.ts';
import type { CheckedClaim } from '../../../src/articles/claims/finding.ts';
import { createContent } from '../../../src/report/page/content.ts';
import type { DrawnComparison } from '../../../src/report/page/content.ts';
import { renderReport } from '../../../src/report/page/page.ts';
import { sixModels } from '../../experiment/made-runs.ts';
import type { MadeRun } from '../../experiment/made-runs.ts';
import { madeClaims, makeComparisons, makeContent, makeExperiments, makeRuns } from './made-content.ts';
import { html, trustMarkup } from '../../../src/report/page/html.ts';
import type { Part } from '../../../src/report/page/html.ts';
import { describeFindings } from '../../../src/report/page/findings.ts';

const content = await makeContent();
const [{ comparison: shownComparison }] = content.tables as [DrawnComparison];
const page = renderReport(content);

/** What a reader reads: without tags, styles and pictures, its spaces made one. */
function textOf(markup: string): string {
  return markup.replaceAll('<wbr>', '').replace(/<style>[^]*?<\/style>|<svg[^]*?<\/svg>/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();
}

function rowsOf(markup: string, captionId: string): string[] {
  const [table = ''] = new RegExp(`<table[^>]*>\\s*<caption id="${captionId}">[^]*?</table>`).exec(markup) ?? [];
  return [...table.matchAll(/<tr>[^]*?<\/tr>/g)].map(([row]) => textOf(row));
}

describe('a report', () => {
  it('asks the network for nothing, and forbids it', () => {
    const addresses = [...page.matchAll(/\b(?:src|href|action|data|xlink:href)="([^"]*)"|url\(([^)]*)\)|@import/g)].map(
      ([whole, address]) => address ?? whole,
    );
    const links = articles.flatMap(({ link }) => link ?? []);
    expect(addresses.filter((address) => !/^(#|url\(#|data:,$)/.test(address)).filter((address) => !links.includes(address))).toEqual([]);
    for (const link of links) expect(page).toContain(`<a href="${link}">`); // to follow, never to load
    expect(page).not.toMatch(/<script|<iframe|<object|<embed|\son\w+=/i);
    expect(page).toContain('http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;');
  });

  it('has one h1, headings that skip no level, and names that all differ', () => {
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.every((level, k) => level <= (levels[k - 1] ?? 0) + 1)).toBe(true);
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('shows each figure beside the articles\' and the ratio', () => {
    const [, , lstm] = rowsOf(page, 'comparison-caption');
    const { measured } = shownComparison.rows[0]!.testAccuracyAtBestValidation;
    const shown = `${(100 * measured!.mean).toFixed(2)} ± ${(100 * measured!.deviation!).toFixed(2)} %`;
    expect(lstm).toContain(`${shown} articles 87.2 % ratio ${(measured!.mean / 0.872).toFixed(3)}`);
    expect(lstm).toMatch(
      /^LSTM seeds 1, 2, 3 .* articles 142 s ratio 0\.2\d\d .* articles 12 ratio .* 5,465,858 articles 2\.1 M ratio 2\.603 345,858 /,
    );
  });

  it('has a row for each model and pair, a card for each claim and a row for each run', () => {
    expect(rowsOf(page, 'comparison-caption')).toHaveLength(2 + 6);
    expect(rowsOf(page, 'differences-caption')).toHaveLength(1 + 15);
    expect(rowsOf(page, 'runs-caption')).toHaveLength(1 + 18);
    expect([...page.matchAll(/<article class="claim"/g)]).toHaveLength(23);
  });

  it('says who is ahead, and who is not by more than noise', () => {
    for (const [k, { first, second, outcome }] of shownComparison.differences.entries()) {
      const row = rowsOf(page, 'differences-caption')[k + 1];
      expect(row).toContain(outcome === 'noise' ? 'within the noise' : `${outcome === 'first' ? first : second} ahead`);
      expect(row).toMatch(/seed 1: 812 : 790, p = 0\.58 seed 2: 843 : 579, p = 0\.012 seed 3: 874 : 368, p &lt; 0\.001$/);
    }
    expect(new Set(shownComparison.differences.map(({ outcome }) => outcome)).size).toBeGreaterThan(1); // several were tried
  });

  it('shows what each claim says and came to, folds the rest away, and names the articles', () => {
    const claims = [...page.matchAll(/<article class="claim"[^]*?<\/article>/g)].map(([claim]) => claim);
    for (const claim of claims)
      expect(claim).toMatch(
        /^<article [^>]*><details>\s*<summary>[^]*class="mark [^]*class="statement"[^]*<\/summary>\s*<dl id="claim-\d+">[^]*<dt>Why/,
      );
    expect(claims[0]).toMatch(/<span class="figure">[^<]*<\/span><\/summary>/); // a short figure stands in the row
    expect(textOf(page)).toContain('Article B: The computational cost of RNN, GRU and LSTM compared in depth 《RNN、GRU 与 LSTM 计算成本深入对比》');
    expect([...page.matchAll(/<h3 id="article-/g)]).toHaveLength(5);
  });

  it('shows the honest accuracy first', () => {
    expect(rowsOf(page, 'comparison-caption')[1]).toMatch(/^at best validation best of any epoch /);
  });

  it('counts the verdicts in words and links to each claim', () => {
    expect(textOf(page)).toContain(
      'Of 23 claims of the articles 4 hold, 4 hold in part, 4 do not hold, 4 contradict another, 4 are not decided and 3 cannot be checked here .',
    );
    expect(page).toContain('<a href="#claim-23">C23</a>');
  });

  it('says when the verdicts rest on other runs than it shows', async () => {
    const stale = await createContent([shownComparison], { runs: 4, claims: madeClaims }, ['experiments/published']);
    expect(textOf(renderReport(stale))).toContain('Not of these runs: the verdicts rest on 4 published runs, and the report shows 18.');
    expect(textOf(page)).not.toContain('Not of these runs');
  });

  it('tells screen readers what the curves show', () => {
    expect(page).toMatch(
      /role="img" aria-label="Test accuracy of the best models by epoch, enlarged: LSTM from \d\d\.\d\d % to \d\d\.\d\d % in 20 epochs, converged at epoch \d+; BiLSTM /,
    );
  });

  it('gives the commands that make it again, with folders as a shell takes them', async () => {
    const shown = textOf(renderReport({ ...content, folders: ['experiments/published', 'my runs/it\'s one'] }));
    expect(shown).toContain('npm run report -- --from experiments/published &#39;my runs/it&#39;\\&#39;&#39;s one&#39;');
    expect(shown).toContain(
      'for config in experiments/published/*/config.yaml &#39;my runs/it&#39;\\&#39;&#39;s one&#39;/*/config.yaml; do npm run train -- --config "$config"; done'.replaceAll(
        '"',
        '&quot;',
      ),
    );
    const committed = makeExperiments([{ environment: { git: { commit: 'a'.repeat(40), dirty: true } } }]);
    const once = textOf(renderReport(await createContent(makeComparisons(committed), null, ['experiments/published/run-0'])));
    expect(once).toContain('for config in experiments/published/run-0/config.yaml; do');
    expect(once).toContain(`git checkout ${'a'.repeat(40)}`);
    expect(once).toContain('commit aaaaaaaaaaaa with changes');
  });

  it('is the same to the byte when it is made again', async () => {
    expect(renderReport(await makeContent()) === page).toBe(true);
  });
});

describe('a report of two tables', async () => {
  const dropout = (run: MadeRun): MadeRun => ({ ...run, model: { ...run.model, headDropoutRate: 0.5 }, better: 0.01 });
  const markup = renderReport(await makeContent(makeRuns([...sixModels.slice(2), ...sixModels.slice(2, 5).map(dropout)], [1, 2, 3])));

  it('sets the second beside the first, each model against itself', async () => {
    const heading = 'With headDropoutRate 0.5 for all models';
    expect([...markup.matchAll(/<h3>([^<]+)<\/h3>/g)].map(([, text]) => text)).toEqual([
      heading,
      'Read with care',
      heading,
      heading,
      'Machine',
      'Software',
    ]);
    expect(rowsOf(markup, 'comparison-caption')).toHaveLength(2 + 4);
    expect(rowsOf(markup, 'comparison-2-caption').map((row) => row.split(' ')[0]).slice(2)).toEqual(['LSTM', 'BiLSTM', 'GRU']);
    expect(rowsOf(markup, 'differences-caption')).toHaveLength(1 + 6);
    expect(
      rowsOf(markup, 'differences-2-caption')
        .slice(4)
        .map((row) => row.split(' settings')[0]),
    ).toEqual(['LSTM', 'BiLSTM', 'GRU'].map((name) => `${name} − ${name}, articles&#39;`));
    expect(rowsOf(markup, 'runs-caption').at(-1)).toMatch(/^GRU headDropoutRate 0\.5 3 /);
    expect(textOf(markup)).toContain('Four models in 21 training runs');
    const { models } = await makeContent(makeRuns([...sixModels.slice(2), ...sixModels.slice(2, 5).map(dropout)], [1, 2, 3]));
    expect([...models!.svg.matchAll(/<text[^>]*>(?:LSTM|BiLSTM|GRU)(\*?)<\/text>/g)].map(([, star]) => star).sort()).toEqual([
      '',
      '',
      '',
      '*',
      '*',
      '*',
    ]);
    expect(models!.marks.at(-1)).toBe('* With headDropoutRate 0.5 for all models');
  });

  it('gives every name once', () => {
    const ids = [...markup.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, k) => ids.indexOf(id) !== k)).toEqual([]);
  });
});

describe('a report with a baseline', () => {
  const baselines = [
    { model: { type: 'nb-svm' as const }, epochs: 1 },
    { model: { type: 'bag-of-words' as const }, epochs: 1, better: 0.001 },
  ];

  it('shows the neural models\' settings, and no epochs of what has none', async () => {
    const markup = renderReport(await makeContent([{}, ...baselines], null));
    expect(textOf(markup)).toMatch(/Shared settings .*training\.epochs 20 .*training\.learningRate 0\.001 /);
    const [, , , bag, svm] = rowsOf(markup, 'comparison-caption');
    expect(bag).toMatch(/^Bag of words seed 1 .* 30\.\d s – /);
    expect(svm).toMatch(/^NB-SVM /);
    expect(rowsOf(markup, 'runs-caption').at(-1)).toMatch(/^NB-SVM 1 – [\d.]+ % [\d.]+ % 30/);
  });

  it('tells two of them apart by no interval over seeds', async () => {
    const {
      tables: [table],
    } = await makeContent(
      [1, 2, 3].flatMap((seed) => [{ seed }, ...baselines.map((run) => ({ ...run, seed }))]),
      null,
    );
    expect(table?.comparison.differences.find(({ first }) => first === 'Bag of words')).toMatchObject({
      second: 'NB-SVM',
      interval: null,
      outcome: 'open',
    });
    expect(table?.comparison.notes.some((note) => note.startsWith('a baseline\'s fit does not depend on its seed'))).toBe(true);
    expect(table?.comparison.notes.some((note) => note.includes('only one seed'))).toBe(false);
  });
});

describe('a report of little', () => {
  it('says of one run what it does not know', async () => {
    const little = textOf(renderReport(await makeContent([{ epochs: 1 }], null)));
    for (const part of [
      'One training run, on the processor alone',
      'LSTM on IMDB, one run',
      'This is one run: how much of it is chance',
      'No two models share a seed',
      'The claims have not been checked for these runs',
      'LSTM seed 1 ',
    ])
      expect(little).toContain(part);
    expect(little).not.toMatch(/NaN|undefined|null ±/);
  });

  it('names what became of runs that have no figure', async () => {
    const failed = makeExperiments([{ seed: 1 }, { model: { cell: 'gru' } }]).map((run, k) =>
      k === 0 ? run : { ...run, epochs: [], summary: { ...run.summary, status: 'diverged' as const, bestTestAccuracy: null } },
    );
    const [comparison] = makeComparisons(failed);
    const none = { measured: null, articles: 0.868, ratio: null };
    const rows = comparison.rows.map((row) =>
      row.label === 'GRU' ? { ...row, seeds: [], bestTestAccuracy: none, testAccuracyAtBestValidation: none } : row,
    );
    const shown = renderReport(await createContent([{ ...comparison, rows, differences: [] }], null, ['experiments']));
    expect(rowsOf(shown, 'comparison-caption').at(-1)).toMatch(
      /^GRU no completed run diverged articles 86\.8 % diverged articles 86\.8 % /,
    );
    expect(textOf(shown)).not.toContain('GRU from'); // no curve
  });

  it('says loudly that reviews are synthetic', async () => {
    const synthetic = textOf(renderReport(await makeContent([{ synthetic: true, dataset: { kind: 'sample' } }], null)));
    expect(synthetic).toContain('SYNTHETIC reviews, not IMDB');
    expect(synthetic).toContain('no figure here says anything about the articles’');
    expect(synthetic).toContain('LSTM on synthetic reviews, one run');
    expect(synthetic).not.toContain('Five articles');
    expect(textOf(page)).not.toMatch(/synthetic/i);
  });

  it('lists machines apart', async () => {
    const shown = textOf(renderReport(await makeContent([{ seed: 1 }, { seed: 2, environment: { cpu: 'Another CPU' } }], null)));
    expect(shown).toMatch(/Machine 1 of 2 processor Some CPU .* Machine 2 of 2 processor Another CPU .* Software engine /);
    const two = [{ seed: 1 }, { seed: 2, environment: { engine: 'javascript', threads: 1 } }];
    expect(textOf(renderReport(await makeContent(two, null)))).toMatch(
      / Machine processor .* Software 1 of 2 engine .* Software 2 of 2 engine javascript /,
    );
  });
});

it('shows text from data as text, wherever it stands', async () => {
  const evil = '"><script>alert(\'x\')</script>\u0007';
  const experiments = makeExperiments(makeRuns(sixModels.slice(0, 2), [1, 2])).map((run) => ({
    ...run,
    path: `experiments/${evil}`,
    environment: {
      ...run.environment,
      cpu: evil,
      platform: evil,
      engine: evil,
      git: { commit: evil, dirty: false },
      dataset: { ...run.environment.dataset, fingerprint: evil },
    },
  }));
  const [comparison] = makeComparisons(experiments);
  const claims = madeClaims
    .slice(0, 1)
    .map((claim): CheckedClaim => ({ ...claim, id: evil, statement: evil, check: evil, figure: evil, reason: evil }));
  const checked = { runs: 1, claims };
  const good = await createContent([comparison], checked, [evil]);
  const named = {
    ...comparison,
    settings: evil,
    notes: [evil],
    rows: comparison.rows.map((row) => ({ ...row, label: evil })),
    differences: comparison.differences.map((pair) => ({ ...pair, first: evil, second: evil })),
  };
  const drawn = await createContent([named], checked, [evil]);
  const labelled = good.tables.flatMap(({ curves: { series } }) => series).map((series) => ({ ...series, label: evil }));
  const shown = renderReport({
    ...drawn,
    tables: drawn.tables.map((table) => ({ ...table, curves: { ...table.curves, series: labelled } })),
  });
  expect(shown.includes('<script')).toBe(false);
  expect(shown.includes('\u0007')).toBe(false);
  expect([...shown.matchAll(/&lt;script&gt;alert\(/g)].length).toBeGreaterThan(25);
});

describe('html', () => {
  it.each<[string, Part, string]>([
    ['tags', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['what looks escaped already', '&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['both quotes', `"it's"`, '&quot;it&#39;s&quot;'],
    ['control characters', 'a\u0000b\u001b[31mc\n', 'a\\u0000b\\u001b[31mc\\u000a'],
    ['marks that turn the direction of text', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
    ['a number', 1.5, '1.5'],
    ['nothing', null, ''],
    ['a list, each part by its kind', ['<', html`<b>${'&'}</b>`, [2, null]], '&lt;<b>&amp;</b>2'],
    ['markup, as it is', trustMarkup('<svg/>'), '<svg/>'],
  ])('writes %s', (_, part, markup) => {
    expect(html`<p title="${part}">${part}</p>`.markup).toBe(`<p title="${markup}">${markup}</p>`);
  });

  it('leaves other scripts, signs and long texts whole', () => {
    const text = `情感分析 − ± ’ 🦄 ${'x'.repeat(5000)}`;
    expect(html`${text}`.markup).toBe(text);
  });
});

const tell = (runs: readonly MadeRun[]): string[] => describeFindings(makeComparisons(makeExperiments(runs)));
const [, , lstm, bilstm, gru] = sixModels as [MadeRun, MadeRun, MadeRun, MadeRun, MadeRun, MadeRun];
const svm = (better: number): MadeRun => ({ model: { type: 'nb-svm' }, epochs: 1, better });

describe('the findings', () => {
  it('begin with a linear model that beats every recurrent one', () => {
    const [first, second] = tell([...makeRuns([lstm, gru], [1, 2, 3]), svm(0.2)]);
    expect(first).toMatch(
      /^NB-SVM, a linear model, is the most accurate: it is right on 9\d\.\d\d % of the test reviews, more than any neural model\.$/,
    );
    expect(second).toMatch(
      /^The best neural model, (LSTM|GRU) \(8\d\.\d\d ± 0\.\d\d %\), is \d\.\d\d points behind, more than the noise of the seeds\. (LSTM|GRU) is behind by more than the noise of the seeds\.$/,
    );
  });

  it('begin with a neural model where it is ahead, and say how far the others are behind', () => {
    const [first, second, third] = tell([...makeRuns([lstm, { ...gru, better: 0.05 }], [1, 2, 3]), svm(0)]);
    expect(first).toMatch(/^GRU is the most accurate: it is right on /);
    expect(second).toMatch(/^The next neural model, LSTM \(.*\), is \d\.\d\d points behind, more than the noise of the seeds\.$/);
    expect(third).toMatch(/^The best linear model, NB-SVM \(.*\), is /);
  });

  it('set the models beside the articles: who reaches their accuracy, their order, their epochs', () => {
    const found = tell(makeRuns([{ ...lstm, better: 0.02 }, { ...bilstm, better: -0.05 }, gru], [1, 2, 3])).join(' ');
    expect(found).toMatch(/LSTM \(8\d\.\d\d %\).* reach(es)? the articles’ 87\.2 %/);
    expect(found).toMatch(/BiLSTM \(\d\d\.\d\d %\) falls \d\.\d\d points short of (their|the articles’) 88\.5 %/);
    expect(found).toMatch(
      /The articles’ order, BiLSTM > LSTM > GRU, shows in part at most: beyond the noise of the seeds are .*LSTM ahead of BiLSTM/,
    );
    expect(found).toMatch(/LSTM converges at epoch [\d.]+ ± [\d.]+, BiLSTM at .* and GRU at .*; the articles say 12, 15 and 10\./);
    const one = tell([lstm, bilstm, gru]).join(' ');
    expect(one).toContain('can be neither confirmed nor refuted by one run each');
    expect(one).toContain('one seed cannot say how much of that is chance');
  });

  it('say what other settings change, and who is ahead then', () => {
    const dropout = (run: MadeRun): MadeRun => ({ ...run, model: { ...run.model, headDropoutRate: 0.5 }, better: 0.03 });
    const found = tell([...makeRuns([lstm, gru, ...[lstm, gru].map(dropout)], [1, 2, 3]), svm(0.2)]);
    expect(found[1]).toMatch(/^The best neural model with the articles’ settings, /);
    expect(found.at(-1)).toMatch(
      /^With headDropoutRate 0\.5 for all models: .*LSTM \(.*\) gains \d\.\d\d points.* NB-SVM is still ahead, by \d\.\d\d points\.$/,
    );
    const [first] = tell(makeRuns([lstm, gru, ...[lstm, gru].map(dropout)], [1, 2, 3]));
    expect(first).toMatch(/^(LSTM|GRU) with headDropoutRate 0\.5 is the most accurate/);
  });

  it('of one run say what it gives and that one run knows nothing of chance; of synthetic reviews they leave the articles out', () => {
    expect(tell([lstm])[0]).toMatch(
      /^LSTM is right on \d\d\.\d\d % of the test reviews at the epoch that is best on validation\. The best epoch on the test reviews themselves gives .* This is one run: /,
    );
    const made = tell([
      { ...lstm, synthetic: true, dataset: { kind: 'sample' } },
      { ...gru, synthetic: true, dataset: { kind: 'sample' } },
    ]);
    expect(made).toHaveLength(2);
    expect(made.join(' ')).not.toContain('articles');
  });

  it('of no completed run say that there is none', () => {
    const [main] = makeComparisons(makeExperiments([lstm]));
    const rows = main.rows.map((row) => ({ ...row, testAccuracyAtBestValidation: { measured: null, articles: null, ratio: null } }));
    expect(describeFindings([{ ...main, rows }])).toEqual(['No run has been completed, so there is no figure to report.']);
  });
});
