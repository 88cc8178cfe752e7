import { describe, expect, it } from 'vitest';
import { checkClaims } from '../../../src/articles/claims/check-claims.ts';
import type { CheckedClaim } from '../../../src/articles/claims/finding.ts';
import { createStudyResult } from '../../../src/report/study.ts';
import type { Studies, StudyResult } from '../../../src/report/study.ts';
import type { StudyPoint } from '../../../src/study/record.ts';
import { makeMeasurements, makeRow } from './made-evidence.ts';

type Values = StudyPoint['values'];

const labelOf = (values: Values): string => Object.values(values).join(', ').replace(/^\w+\.yaml/, (config) => config.slice(0, -5).toUpperCase());

/** A study with three seeds of each point, which differ a little. */
function makeStudy(name: string, points: readonly (readonly [Values, accuracy: number])[]): StudyResult {
  const keys = [...new Set(points.flatMap(([values]) => Object.keys(values)))];
  const listed = points.map(([values], k): StudyPoint => ({ name: `point${k}`, label: labelOf(values), values, reference: null }));
  const runs = points.map(([, accuracy]) =>
    makeRow({ label: 'LSTM', accuracies: [1, 2, 3].map((seed) => Math.min(1, accuracy + seed / 1000)), convergence: [1, 1, 1] }).experiments);
  const record = {
    format: 1 as const, name, question: 'q', measures: ['accuracy' as const], command: 'c', seeds: [1, 2, 3], points: listed,
    axes: keys.map((key) => ({ key, values: [...new Set(points.flatMap(([values]) => values[key] ?? []))] })),
  };
  return createStudyResult(record, new Map(listed.map(({ name: own }, k) => [own, runs[k] ?? []])));
}

async function check(id: string, ...studies: readonly StudyResult[]): Promise<CheckedClaim> {
  const known: Studies = new Map(studies.map((study) => [study.record.name, study]));
  for await (const claim of checkClaims({ comparison: null, studies: known, measurements: makeMeasurements() }, [id])) return claim;
  throw new Error(`${id} was not checked`);
}

const settings = { 'model.recurrentInitialization': 'uniform', 'training.clipNorm': 1 };

/** What each model still remembers over, of 5, 10, 20 and 50 tokens. */
function makeMemory(reaches: Readonly<Record<string, number>>, orthogonalRnn = 0): StudyResult {
  return makeStudy('distance', [5, 10, 20, 50].flatMap((distance) => [
    ...Object.entries(reaches).map(([config, reach]) =>
      [{ config: `${config}.yaml`, 'data.distance': distance, ...settings }, distance <= reach ? 0.97 : 0.5] as const),
    [{ config: 'rnn.yaml', 'data.distance': distance, ...settings, 'model.recurrentInitialization': 'orthogonal' },
      distance <= orthogonalRnn ? 0.97 : 0.5] as const,
  ]));
}

describe('claims that studies decide', () => {
  it.each([
    [10, 10, 'holds'], [10, 50, 'holds in part'], [50, 50, 'does not hold'],
  ] as const)('C20: a plain RNN over %i tokens, with orthogonal weights over %i', async (plain, orthogonal, verdict) => {
    const { figure, verdict: found } = await check('C20', makeMemory({ rnn: plain, lstm: 50, gru: 50 }, orthogonal));
    expect(found).toBe(verdict);
    expect(figure).toMatch(/LSTM 97 % at 5, 97 % at 10, 97 % at 20, 97 % at 50/);
  });

  it('C20: what is remembered only over a longer distance counts as chance', async () => {
    const study = makeStudy('distance', ([[5, 0.5], [10, 0.9], [20, 0.9]] as const).map(([distance, accuracy]) =>
      [{ config: 'rnn.yaml', 'data.distance': distance, ...settings }, accuracy] as const));
    expect((await check('C20', study)).reason).toContain('(it does over 0)');
  });

  it.each([
    [{ rnn: 10, gru: 50, lstm: 20 }, 'Holds: ', 'a plain RNN is weak on long dependencies (it remembers over 10 tokens, where GRU does over 50 and LSTM does over 20)'],
    [{ rnn: 50, gru: 50, lstm: 50 }, 'Not decided: ', 'a plain RNN is weak'],
    [{ rnn: 50, gru: 20, lstm: 20 }, 'Does not hold: ', 'a plain RNN is weak'],
  ])('C15: %j', async (reaches, heading, words) => {
    const { reason } = await check('C15', makeMemory(reaches));
    expect(reason.slice(reason.indexOf(heading), reason.indexOf(words) + words.length)).toContain(words);
    expect(reason.indexOf(heading)).toBeGreaterThanOrEqual(0);
  });

  it.each([
    [[0.7, 0.75, 0.751, 0.75], 'holds in part', /^Holds: 2 layers gain over 1 .*Not decided: layer 4 gains nothing over 3/],
    [[0.75, 0.7, 0.7, 0.75], 'does not hold', /^Does not hold: 2 layers gain over 1 .*layer 4 gains nothing over 3/],
  ] as const)('C21 by layers: %j', async (accuracies, verdict, reason) => {
    const study = makeStudy('layers', accuracies.map((accuracy, k) => [{ config: 'lstm.yaml', 'model.layers': k + 1 }, accuracy] as const));
    expect(await check('C21', study)).toMatchObject({ verdict, reason: expect.stringMatching(reason) as string });
  });

  const byLength = (of: (config: string, length: number) => number): StudyResult => makeStudy('length',
    ['rnn', 'birnn', 'gru', 'lstm'].flatMap((config) => [20, 50, 100, 300, 600].map((length) =>
      [{ config: `${config}.yaml`, 'data.maxLength': length }, of(config, length)] as const)));

  it('C23 holds where each choice is ahead', async () => {
    const best = (length: number): string => (length === 20 ? 'birnn' : length <= 100 ? 'gru' : 'lstm');
    const { verdict, reason } = await check('C23', byLength((config, length) => (config === best(length) ? 0.9 : 0.8)));
    expect([verdict, reason]).toEqual(['holds', reason]);
    expect(reason).toContain('8 bits store a GRU');
  });

  it('C23 holds for the size alone where a GRU is ahead at every length but its own', async () => {
    const { reason } = await check('C23', byLength((config, length) => (config === 'gru' && (length < 50 || length > 100) ? 0.9 : 0.8)));
    expect(reason).toMatch(/^Holds: 8 bits .*Does not hold: up to 20 .*above 100 an LSTM, at 300 .*at 600 .*Not decided: from 20 to 100 a GRU, at 50/s);
  });

  it('C10: within a point at 100, more data, farther memory', async () => {
    const data = makeStudy('data', ['gru', 'lstm'].flatMap((config) => [500, 25_000].map((reviews) =>
      [{ config: `${config}.yaml`, 'data.trainLimit': reviews }, config === 'lstm' ? 0.85 : 0.8] as const)));
    const { reason } = await check('C10', byLength(() => 0.8), data, makeMemory({ rnn: 5, gru: 20, lstm: 50 }));
    expect(reason).toMatch(/^Holds: .*an LSTM above a GRU for much data, 25,000 training reviews \(\+5\.00 points/s);
    expect(reason).toContain('an LSTM remembers farther than a GRU (over 50 tokens against 20)');
  });

  it.each(['C10', 'C15', 'C20', 'C21', 'C23'])('%s names the study that is missing', async (id) => {
    expect((await check(id)).reason).toMatch(/npm run (study -- --config \w+\.yaml makes it|train)/);
  });
});
