import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, vi } from 'vitest';
import { createMeasurements, articlesSizes } from '../../src/articles/claims/measurements.ts';
import { describeVerdicts, renderClaim, renderClaimsMarkdown } from '../../src/commands/claims-view.ts';
import type { ClaimsReport } from '../../src/commands/claims-view.ts';
import { parseOnly, runClaims } from '../../src/commands/claims.ts';
import { experimentSchema } from '../../src/experiment-schema.ts';
import type { CheckedClaim } from '../../src/articles/claims/finding.ts';
import { createScreen } from '../../src/terminal/screen.ts';
import { writeMadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder, userErrorOf } from '../experiment/temporary-folder.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder, runCli } from '../support/cli.ts';
import { startEngine } from '../support/engine.ts';
import { loadPublished } from '../../src/report/choose-runs.ts';

const folder = makeTemporaryFolder();
const refuse = (line: string): void => { throw new Error(line); };
const formulas = ['C1', 'C2', 'C3', 'C17', 'C18', 'C19'];

const claim: CheckedClaim = {
  id: 'C5',
  article: 'A',
  statement: 'An epoch takes 142 s.',
  method: 'measurement',
  check: 'Timed | in turns.',
  figure: 'a * b_c_d '.repeat(30).trim(),
  verdict: 'contradicts another claim',
  reason: 'Contradicts <C6>.',
};

describe('the claims on a screen', () => {
  it('stay within 80 columns, with the verdict as a word and in colour', () => {
    const text = renderClaim(claim, false);
    expect(text).toMatch(/^C5 {2}contradicts another claim {2}\(article A, by measurement\)\n {2}claim {4}An epoch takes 142 s\.\n/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\u001b');
    expect(renderClaim(claim, true)).toContain('\u001b[35mcontradicts another claim\u001b[39m');
  });

  it('are counted by verdict', () => {
    expect(describeVerdicts([claim, { ...claim, verdict: 'holds' }, claim])).toBe('holds: 1, contradicts another claim: 2');
  });

  it('as Markdown have their signs shown as they are', () => {
    const text = renderClaimsMarkdown({ machine: null, runs: 0, claims: [claim] });
    expect(text).toContain('- **Article A**: LSTM and GRU gates compared');
    expect(text).toContain('| C5 | An epoch takes 142 s. | **contradicts another claim** |');
    expect(text).toContain('- Checked by measurement: Timed \\| in turns.\n');
    expect(text).toContain('Contradicts &lt;C6&gt;.');
    expect(text).toContain('a \\* b\\_c\\_d');
  });
});

describe('claims', () => {
  it('prints those that need no engine without one, and no colours into a pipe, under CI neither', async () => {
    vi.stubEnv('CI', 'true');
    const { status, stdout, stderr } = await runCli(createWorkFolder(), 'claims', '--only', 'C19,c1');
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^Article A: LSTM and GRU gates compared.*\n.*\n {2}《LSTM 与 GRU .*》\n {2}no link known\n\nC1 {2}holds {2}\(article A, by formula\)\n[^]*^Article D: .*\n.*\n {2}https:\/\/blog\.csdn\.net\/\S+\n\nC19 holds in part/m,
    );
    expect(stdout).toMatch(
      /\n {2}1 holds +what the article says was found here too\n {2}1 holds in part +part of what [^]*\n\nnothing was measured\nno published runs were found: claims that need training are not checked\n$/,
    );
    expect(status).toBe(0);
  });

  it.each(['txt', 'md', 'json'] as const)('writes a file as its ending .%s says, without colours', async (ending) => {
    const out = join(folder, `claims.${ending}`);
    const report = await runClaims({ from: [], only: formulas, format: 'terminal', out }, articlesSizes, createScreen(true));
    const text = readFileSync(out, 'utf8');
    expect(text).not.toContain('\u001b');
    for (const id of formulas) expect(text).toMatch(new RegExp(`\\b${id}\\b`));
    expect(text.startsWith('#')).toBe(ending === 'md');
    if (ending === 'json') expect(JSON.parse(text)).toEqual(report);
  });

  it.skipIf(!inject('hasNativeEngine'))('checks all claims with real measurements at tiny sizes', async () => {
    await startEngine('native');
    const classifier = experimentSchema.parse({
      data: { maxLength: 20, vocabularySize: 100 },
      model: { embeddingSize: 8, hiddenSize: 16 },
      training: { batchSize: 4 },
    });
    const sizes = {
      turns: 2,
      classifier,
      layer: { size: 16, rows: 4, steps: 5 },
      lengths: { rows: 1, size: 16, feedForwardSize: 64, heads: 2, steps: [4, 1200] },
    };
    const report: ClaimsReport = await runClaims(
      { from: [], only: undefined, format: 'terminal', out: join(folder, 'all.json') },
      sizes,
      createScreen(true),
    );
    expect(report.claims.map(({ id }) => id)).toEqual(Array.from({ length: 23 }, (_, k) => `C${k + 1}`));
    expect(report.machine).toMatchObject({ engine: expect.stringMatching(/^TensorFlow /) as string });
    expect(report.claims.find(({ id }) => id === 'C12')?.figure).toMatch(
      /D = H = 16 \(4 × 5, 2 turns\): RNN : GRU : LSTM = 1 : [\d.]+ : [\d.]+$/,
    );
    expect(report.claims.find(({ id }) => id === 'C16')?.figure).toContain('T = 4 and 1,200: RNN, forward');
    expect(report.claims.map(({ figure }) => figure).join('\n')).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.skipIf(!inject('hasNativeEngine'))('measures each thing once, however many claims ask', async () => {
    await startEngine('native');
    let starts = 0;
    const classifier = experimentSchema.parse({
      data: { maxLength: 5, vocabularySize: 20 },
      model: { embeddingSize: 4, hiddenSize: 8 },
      training: { batchSize: 2 },
    });
    const measurements = createMeasurements(
      { ...articlesSizes, classifier },
      () => {
        starts += 1;
        return Promise.resolve();
      },
      () => undefined,
    );
    expect(await measurements.memory()).toBe(await measurements.memory());
    expect(starts).toBe(1);
  });

  it.each<[string[], RegExp]>([
    [['--only', 'C99'], /^gatelab: --only takes claims from C1 to C23, for example C1,C5; there is no C99\n$/],
    [['--only', 'C1,,C2'], /^gatelab: --only takes claims from C1 to C23, for example C1,C5; there is no empty one\n$/],
    [['--out', 'claims.csv'], /^gatelab: --out claims\.csv: the ending says the format: \.txt, \.md, \.json\n$/],
    [['--format', 'pdf'], /^gatelab: .*format.*\n$/],
  ])('refuses %j in one line', async (args, line) => {
    const { status, stdout, stderr } = await callCli(createWorkFolder(), 'claims', ...args);
    expect([stdout, status]).toEqual(['', 2]);
    expect(stderr).toMatch(line);
  });

  it('takes claims in any case', () => {
    expect(parseOnly(' c1, C23')).toEqual(['C1', 'C23']);
    expect(parseOnly(undefined)).toBeUndefined();
  });
});

describe('published runs', () => {
  it('are the folders named, and those within folders that are none', () => {
    const published = join(folder, 'published');
    mkdirSync(published);
    mkdirSync(join(published, 'notes'));
    writeMadeRun(join(published, 'lstm-seed2'), { seed: 2 });
    writeMadeRun(join(published, 'lstm-seed1'));
    writeMadeRun(join(folder, 'alone'), { seed: 3 });
    expect(loadPublished([published, join(folder, 'alone')], refuse).map(({ name }) => name)).toEqual([
      'lstm-seed1',
      'lstm-seed2',
      'alone',
    ]);
  });

  it.each<[string, () => string, string]>([
    ['synthetic reviews', () => writeMadeRun(join(folder, 'sample'), { synthetic: true }), "tmp/sample: it was trained on synthetic "
      + "reviews, and the articles' claims are about IMDB"],
    ['a CSV', () => writeMadeRun(join(folder, 'csv'), { dataset: { kind: 'csv' } }), "tmp/csv: it was trained on other reviews than "
      + "IMDB, and the articles' claims are about IMDB"],
  ])('%s are refused in one line', (_, from, line) => {
    const path = from();
    expect(userErrorOf(() => { loadPublished([path], refuse); }, folder)).toBe(line);
  });
});
