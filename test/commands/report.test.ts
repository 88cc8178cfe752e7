import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { rerunClaims } from '../../src/articles/claims/read-claims.ts';
import { typedCommand } from '../../src/typed-command.js';
import { report } from '../../src/commands/report.ts';
import { sixModels, writeMadeRun } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';
import { madeClaims } from '../report/page/made-content.ts';

const folder = makeTemporaryFolder();
const out = (name: string): string => join(folder, `${name}.html`);
const refuse = (line: string): void => { throw new Error(line); };

function writeRuns(name: string, runs: readonly MadeRun[]): string {
  mkdirSync(join(folder, name));
  runs.forEach((run, k) => writeMadeRun(join(folder, name, `run-${k + 1}`), run));
  return join(folder, name);
}

/** Folders of runs with claims beside them. */
function writePublished(name: string, runs: readonly MadeRun[]): string {
  const path = writeRuns(name, runs);
  writeFileSync(join(path, 'claims.json'), JSON.stringify({ runs: runs.length, claims: madeClaims }));
  return path;
}

describe('report', () => {
  it('shows the runs below a folder and the claims beside them', async () => {
    const from = writePublished('published', sixModels);
    await report({ from: [from], out: out('published') }, refuse);
    const page = readFileSync(out('published'), 'utf8');
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect([...page.matchAll(/<article class="claim"/g)]).toHaveLength(23);
    expect([...page.matchAll(/<code>[^<]*\/run-\d<\/code>/g)]).toHaveLength(6);
  });

  it('says when the verdicts rest on other runs', async () => {
    const from = writePublished('grown', sixModels.slice(0, 2));
    writeMadeRun(join(from, 'run-3'), { seed: 2 });
    const lines: string[] = [];
    await report({ from: [from], out: out('grown') }, (line) => lines.push(line));
    const place = join(from, 'claims.json');
    expect(lines).toEqual([`the verdicts rest on 2 published runs, and the report shows 3; check them again with ${rerunClaims(place)}`]);
  });

  it('takes runs by themselves, and says that their claims have not been checked', async () => {
    const from = [writeMadeRun(join(folder, 'alone')), writeMadeRun(join(folder, 'together'), { seed: 2 })];
    const lines: string[] = [];
    await report({ from, out: out('alone') }, (line) => lines.push(line));
    expect(lines).toEqual([`the report has no verdicts: there is no ${join(folder, 'alone', 'claims.json')}`]);
    expect(readFileSync(out('alone'), 'utf8')).toContain('The claims have not been checked for these runs');
  });

  it('leaves synthetic runs beside real ones out, and says so', async () => {
    const from = writePublished('mingled', [{}, { seed: 2, synthetic: true }]);
    const lines: string[] = [];
    await report({ from: [from], out: out('mingled') }, (line) => lines.push(line.replaceAll(folder, 'tmp')));
    expect(lines[0]).toBe(
      'tmp/mingled/run-2 is left out: tmp/mingled/run-2 was trained on synthetic data and tmp/mingled/run-1 on real data',
    );
    expect(readFileSync(out('mingled'), 'utf8')).toContain('LSTM on IMDB, one run');
  });

  it('makes a page of 60 runs', async () => {
    const from = writePublished('many', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((seed) => sixModels.map((run) => ({ ...run, seed }))));
    await report({ from: [from], out: out('many') }, refuse);
    expect(readFileSync(out('many'), 'utf8')).toContain('Six models in 60 training runs');
  });

  it.each<[string, () => string[], string | RegExp]>([
    [
      'a folder that is not there',
      () => [join(folder, 'nowhere')],
      'tmp/nowhere: not a folder; name a run, or a folder of runs, for example experiments/published',
    ],
    ['a folder without runs', () => [writeRuns('empty', [])], `tmp/empty: holds no run; ${typedCommand('compare')} makes some`],
    [
      'synthetic runs beside real ones, all of them named',
      () => {
        const path = writePublished('mixed', [{}, { seed: 2, synthetic: true }]);
        return [join(path, 'run-1'), join(path, 'run-2')];
      },
      /^UserError: tmp\/mixed\/run-2 was trained on synthetic data and tmp\/mixed\/run-1 on real data; \w+ them apart$/,
    ],
    [
      'claims that are not JSON',
      () => {
        const path = writeRuns('garbled', [{}]);
        writeFileSync(join(path, 'claims.json'), '{');
        return [path];
      },
      `tmp/garbled/claims.json: not valid JSON; make it again with ${rerunClaims('tmp/garbled/claims.json')}`,
    ],
    [
      'claims with a verdict of their own',
      () => {
        const path = writeRuns('opinionated', [{}]);
        writeFileSync(join(path, 'claims.json'), JSON.stringify({ runs: 1, claims: [{ ...madeClaims[0], verdict: 'maybe' }] }));
        return [path];
      },
      `tmp/opinionated/claims.json: claims.0.verdict: Invalid option: expected one of "holds"|"holds in part"|"does not `
        + `hold"|"contradicts another claim"|"not decided"|"not checkable here"; make it `
        + `again with ${rerunClaims('tmp/opinionated/claims.json')}`,
    ],
  ])('refuses %s in one line, and writes nothing', async (_, makeFrom, line) => {
    const from = makeFrom();
    const failure = await report({ from, out: out('never') }, refuse).then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(failure.replaceAll(folder, 'tmp')).toMatch(line);
    expect(failure).toMatch(/^UserError: .+$/);
    expect(existsSync(out('never'))).toBe(false);
  });
});
