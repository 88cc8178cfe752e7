import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { loadSearch } from '../../src/report/search.ts';
import { renderSearch } from '../../src/report/search-formats.ts';
import { renderSearchChart } from '../../src/report/search-chart.ts';
import { isSearch, readStudyDefinition } from '../../src/study/definition.ts';
import { createSearch, drawTrials } from '../../src/study/search.ts';
import { writeSearchRecord } from '../../src/study/search-record.ts';
import type { SearchRecord } from '../../src/study/search-record.ts';
import { sampleTrial } from '../../src/study/search-space.ts';
import { writeMadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';

const folder = makeTemporaryFolder();
const space = 'space: {training.learningRate: {min: 1e-4, max: 1e-1, scale: log}, model.hiddenSize: {min: 4, max: 8}, model.cell: [gru, lstm]}';
const whole = `question: q\nbase: gru\nsearch:\n  trials: 4\n  budget: {minEpochs: 1, maxEpochs: 4, factor: 2}\n  ${space}\n`;

function draw(text: string, set: readonly string[] = []): SearchRecord {
  const path = join(folder, 'own.yaml');
  writeFileSync(path, text);
  const definition = readStudyDefinition(path);
  if (!isSearch(definition)) throw new Error('no search');
  return drawTrials(definition, set, 'gatelab study');
}

function messageOf(text: string): string {
  try {
    draw(text);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return '';
}

describe('a trial\'s values', () => {
  const dimensions = draw(whole).space;

  it('depend on the seed, the trial and each key alone', () => {
    const { 'model.cell': _, ...fewer } = dimensions;
    expect(sampleTrial(dimensions, 3, 1)).toEqual(sampleTrial(dimensions, 3, 1));
    expect(sampleTrial(dimensions, 3, 1)).toMatchObject(sampleTrial(fewer, 3, 1));
    expect(sampleTrial(dimensions, 3, 1)).not.toEqual(sampleTrial(dimensions, 4, 1));
    expect(draw(whole.replace('trials: 4', 'trials: 9')).trials.slice(0, 4)).toEqual(draw(whole).trials);
  });

  it('are spread evenly over the range, in the logarithm where the scale is log, whole where the key is', () => {
    const all = Array.from({ length: 2000 }, (_, k) => sampleTrial(dimensions, k + 1, 1));
    const rates = all.map((values) => Number(values['training.learningRate'])), sizes = all.map((values) => values['model.hiddenSize']);
    expect(rates.every((rate) => rate >= 1e-4 && rate <= 1e-1)).toBe(true);
    expect(rates.filter((rate) => rate < 10 ** -2.5).length / 2000).toBeCloseTo(0.5, 1);
    for (const size of [4, 5, 6, 7, 8]) expect(sizes.filter((own) => own === size).length / 2000).toBeCloseTo(0.2, 1);
    expect(all.filter((values) => values['model.cell'] === 'gru').length / 2000).toBeCloseTo(0.5, 1);
  });
});

describe('a study\'s search', () => {
  it.each([
    [whole.replace('learningRate', 'learningrate'), /own\.yaml:6: training\.learningrate=.*did you mean training\.learningRate/],
    [whole.replace('max: 1e-1', 'max: 1e-5'), /own\.yaml:6: search\.space\.training\.learningRate must be a range with min below max/],
    [whole.replace('min: 4', 'min: -4').replace('max: 8', 'max: -2'), /own\.yaml:6: .*model\.hiddenSize must be an integer/],
    [whole.replace('trials: 4', 'trials: none'), /own\.yaml:4: search\.trials must be a whole number from 2/],
    [whole.replace('trials: 4', 'trial: 4'), /own\.yaml:4: unknown key "trial"; search has trials, budget, space, seed/],
    [whole.replace('minEpochs: 1', 'minEpochs: 5'), /own\.yaml:5: search\.budget is wrong: maxEpochs is less than factor times minEpochs/],
    [whole.replace('maxEpochs: 4, factor: 2', 'maxEpochs: 5, factor: 5'), /own\.yaml:4: 4 trials are fewer than the factor 5/],
    [whole.replace('question: q', 'question: q\nseeds: [1]'), /own\.yaml:2: a search has no seeds; write search\.seed/],
    [whole.replace('base: gru\n', ''), /own\.yaml: names no config; write base: gru\.yaml/],
    [`${whole}set: {training.epochs: 3}\n`, /search\.budget says how many epochs there are; omit training\.epochs/],
    [`${whole}set: {model.cell: rnn}\n`, /own\.yaml:6: model\.cell is set for all trials too/],
    [`${whole}set: {data.validationFraction: 0}\n`, /judges by validation, and data\.validationFraction is 0/],
    ['question: q\nbase: nb-svm\nsearch: {trials: 4, budget: {minEpochs: 1, maxEpochs: 4}, space: {model.ngrams: [1, 2]}}\n',
      /own\.yaml:3: .*(trained by no epochs|ngrams)/],
    [whole.replace('{min: 4, max: 8}', '{min: 4, max: 10000000}').replace('trials: 4', 'trials: 2'),
      /own\.yaml:6: model\.hiddenSize=10000000: model\.hiddenSize must be .*, got 10000000/],
    [whole.replace('[gru, lstm]', '[gru, lstm, lstn, rnn]').replace('trials: 4', 'trials: 2'), /own\.yaml:6: model\.cell="lstn": model\.cell must be one of/],
  ])('says where a mistake is: %#', (text, message) => { expect(messageOf(text)).toMatch(message); });

  it('trains a trial anew where its past depends on how many epochs there are', () => {
    expect(draw(whole).goesOn).toBe(true);
    const record = draw(whole, ['training.schedule=cosine']);
    expect(record.goesOn).toBe(false);
    expect(createSearch(record, join(folder, 'none')).next()?.folder.name).toBe('trial-0001-epochs1-seed1');
  });
});

/** A trial as its training would have left it. */
function writeTrial(into: string, record: SearchRecord, trial: number, epochs: number, accuracy: number, of = epochs): void {
  const values = record.trials[trial]?.values ?? {};
  const path = join(into, `${record.trials[trial]?.name ?? ''}-seed1`);
  if (existsSync(path)) throw new Error('it is there');
  writeMadeRun(path, {
    model: { cell: values['model.cell'], hiddenSize: values['model.hiddenSize'] },
    training: { epochs: of, learningRate: values['training.learningRate'] }, epochs,
    given: (epoch) => ({ validationAccuracy: accuracy + epoch / 1000, validationLoss: 1 - accuracy }),
    ...(epochs < of ? { ending: { status: 'interrupted' as const } } : {}),
  });
}

describe('a search', () => {
  it('goes on from its folders: first what was stopped, then what they decide', () => {
    const record = draw(whole), into = join(folder, 'stopped');
    mkdirSync(into);
    writeTrial(into, record, 0, 1, 0.6);
    writeTrial(into, record, 1, 1, 0.7, 2);
    const search = createSearch(record, into);
    expect(search.begun.map(({ stored }) => stored?.summary?.epochs)).toEqual([1, 1, undefined, undefined]);
    const run = search.next();
    expect([run?.folder.name, run?.set.includes('training.epochs=2')]).toEqual(['trial-0002-seed1', true]);
    expect(search.later().map(({ name }) => name)).toEqual(expect.arrayContaining(['trial-0003', 'trial-0004']));
    expect(search.next()?.folder.name).toBe('trial-0003-seed1'); // whatever the first will be worth
    if (run !== null) search.end({ run, status: 'interrupted', reason: null });
    expect(search.next()).toBeNull();
  });

  it('is shown from its folder alone: the winner by validation, then its test figure, and the command', async () => {
    const record = draw(whole), into = join(folder, 'shown');
    mkdirSync(into);
    writeSearchRecord(into, record);
    ([[0, 1, 0.6], [1, 4, 0.7], [2, 1, 0.5], [3, 2, 0.65]] as const).forEach(([trial, epochs, accuracy]) => {
      writeTrial(into, record, trial, epochs, accuracy);
    });
    const result = loadSearch(into), text = renderSearch(result, 'terminal', 80);
    expect(result.trials.map(({ name }) => name)).toEqual(['trial-0002', 'trial-0004', 'trial-0001', 'trial-0003']);
    expect([result.isComplete, result.reached]).toEqual([true, [4, 2, 1]]);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(/Winner: trial 2 \(.*\), 70\.40 % of validation right after 4 epochs; of the test, which chose nothing, \d/);
    expect(text).toMatch(/To train it in full: .*train.*--config gru .*--set training\.epochs=4 --set seed=1/);
    expect(renderSearch(result, 'csv', 80).split('\n')[1]).toMatch(/^trial-0002,/);
    expect(JSON.parse(renderSearch(result, 'json', 80))).toMatchObject({ winner: { name: 'trial-0002' } });
    expect(renderSearch(result, 'markdown', 80)).toContain('4 trials reached 1 epoch, 2 reached 2 and 1 reached 4');
    expect(await renderSearchChart(result)).toContain('training.learningRate');
  });
});
