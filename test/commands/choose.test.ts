import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { askNeeds, needsOf, readAccuracy } from '../../src/commands/choose-needs.ts';
import { findExcess } from '../../src/commands/choose-view.ts';
import { loadConfig } from '../../src/experiment-config.ts';
import { loadExperiment } from '../../src/experiment/load.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';

const cwd = createWorkFolder();
const topics: Readonly<Record<string, string>> = { food: 'soup and bread', sport: 'goal and match', tech: 'chip and cloud' };
writeFileSync(join(cwd, 'news.csv'), `headline,topic\n${Array.from({ length: 90 }, (_, i) => {
  const [topic = '', words = ''] = Object.entries(topics)[i % 3] ?? [];
  return `"today ${words} number ${i}",${topic}\n`;
}).join('')}`);
for (const run of ['gru-seed1', 'birnn-seed1', 'nb-svm-seed1', 'studies/length'])
  cpSync(join(import.meta.dirname, '../../experiments/published', run), join(cwd, 'experiments/published', run), { recursive: true });

/** Models of the published sizes are measured, which takes the portable engine ten times as long. */
const engine = inject('hasNativeEngine') ? 'native' : 'portable';
const choose = (...words: string[]): ReturnType<typeof callCli> => callCli(cwd, 'choose', '--engine', engine, '--threads', '1', ...words);

interface Answer {
  readonly texts: { readonly length: number; readonly classes: number; readonly trained: number };
  readonly articles: { readonly model: string; readonly costs: { readonly trainingSeconds: number; readonly weightBytes: number } };
  readonly evidence: readonly { readonly model: string; readonly problem: string | null; readonly againstChosen: object | null }[];
  readonly studies: readonly { readonly models: readonly { readonly label: string; readonly mean: number }[] }[];
  readonly chosen: { readonly model: string } | null;
  readonly agree: boolean;
}

describe('choose', () => {
  it('measures a table, says that the runs and the articles disagree, and writes a config that trains', async () => {
    const { status, stdout, stderr } = await choose('--data', 'news.csv', '--set', 'data.textColumn=headline', 'data.labelColumn=topic',
      '--out', 'my.yaml');
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('rror') as string });
    expect(stdout).toContain('news.csv: 39 for training, 3 classes');
    expect(stdout).toMatch(/^C23 +the articles, below 20 steps: an RNN \+ bidirectional$/m);
    expect(stdout).toMatch(/^advice +NB-SVM/m);
    expect(stdout).toMatch(/^Study length, which does not choose: .*\bcut to 20\b/m);
    expect(stdout).toMatch(/^verdict +they disagree: NB-SVM less BiRNN is \+\d+\.\d\d points/m);
    expect(stdout).toContain('written to my.yaml');
    expect(loadConfig(join(cwd, 'my.yaml')).config).toMatchObject({
      data: { source: 'file', textColumn: 'headline', labelColumn: 'topic' }, model: { type: 'nb-svm' },
    });
    const trained = await callCli(cwd, 'train', '--config', 'my.yaml', '--data', 'news.csv', '--name', 'mine', '--quiet');
    expect(trained.status).toBe(0);
    expect(loadExperiment(join(cwd, 'experiments/mine')).summary).toMatchObject({ status: 'completed', classes: Object.keys(topics) });
  });

  it('follows the articles where that is asked, with texts cut where 95 % of them end', async () => {
    expect((await choose('--data', 'news.csv', '--set', 'data.textColumn=headline', 'data.labelColumn=topic', '--follow', 'articles',
      '--out', 'theirs.yaml')).status).toBe(0);
    expect(loadConfig(join(cwd, 'theirs.yaml')).config).toMatchObject({
      data: { maxLength: 6 }, model: { cell: 'rnn', bidirectional: true }, training: { clipNorm: 1 },
    });
    const { status } = await callCli(cwd, 'train', '--config', 'theirs.yaml', '--data', 'news.csv', '--name', 'theirs', '--quiet',
      '--engine', engine, '--set', 'training.epochs=1', 'model.embeddingSize=8', 'model.hiddenSize=4');
    expect(status).toBe(0);
  });

  it('answers as JSON, and leaves out what exceeds a limit', async () => {
    const small = ['--length', '12', '--reviews', '50', '--json'];
    const free = JSON.parse((await choose(...small)).stdout) as Answer;
    expect(free).toMatchObject({ texts: { length: 12, classes: 2, trained: 50 }, chosen: { model: 'NB-SVM' }, agree: false });
    expect(free.studies).toMatchObject([{ study: 'length', key: 'data.maxLength', value: 20 }]);
    expect(free.studies[0]?.models.map(({ label }) => label).toSorted()).toEqual(['BiRNN', 'GRU', 'LSTM', 'RNN']);
    for (const { mean } of free.studies[0]?.models ?? []) expect(mean).toBeGreaterThan(0.5);
    const limited = JSON.parse((await choose(...small, '--memory', '1')).stdout) as Answer;
    expect(limited).toMatchObject({ chosen: null, articles: { advice: [{ quantised: true }, {}], model: 'GRU' } });
    expect(limited.evidence.map(({ problem }) => problem)).toEqual(limited.evidence.map(() => expect.stringMatching(/^weights of .* above 1 MiB$/) as string));
  });

  it.each([
    [[], 'choose needs to know the texts: name a table with --data, or give --length, the tokens of a usual text'],
    [['--length', '10', '--accuracy', 'high'], '--accuracy takes a share of right answers, for example 90 or 0.9; got "high"'],
    [['--length', '10', '--set', 'model.cell=gru'], '--set model.cell: choose takes keys of data alone; change others in its config'],
    [['--length', '10', '--out', 'news.csv'], 'news.csv already exists; name another file with --out'],
  ])('refuses %j', async (words, message) => {
    const { status, stderr } = await choose(...words);
    expect(status).toBeGreaterThan(0);
    expect(stderr).toContain(message);
  });

  it('works where there are no published runs, by the articles\' rule', async () => {
    const empty = createWorkFolder();
    const { status, stdout } = await callCli(empty, 'choose', '--engine', engine, '--length', '5', '--reviews', '20', '--out', 'a.yaml');
    expect(status).toBe(0);
    expect(stdout).toContain('there are no published runs here');
    expect(existsSync(join(empty, 'a.yaml')) && readFileSync(join(empty, 'a.yaml'), 'utf8')).toContain('bidirectional: true');
  });
});

describe('what is asked on a terminal', () => {
  it('is what no option says, each with a default', async () => {
    const asked: string[] = [];
    const needs = await askNeeds(needsOf({ classes: 5 } as never), (question, byDefault) => {
      asked.push(`${question} [${byDefault}]`);
      return Promise.resolve(question.includes('milliseconds') ? '20' : byDefault);
    });
    expect(needs).toEqual({
      data: null, length: 200, classes: 5, reviews: null, memoryBytes: null, latencySeconds: 0.02, trainingSeconds: null, accuracy: null,
      out: 'my.yaml',
    });
    expect(asked).toHaveLength(8);
  });

  it('is asked again after a wrong answer, three times at most', async () => {
    const answers = ['none', 'many', '-1', '30'];
    const needs = await askNeeds(needsOf({} as never), (_, byDefault) => Promise.resolve(answers.shift() ?? byDefault));
    expect(needs.length).toBe(30);
    const stubborn = askNeeds(needsOf({} as never), (question) => Promise.resolve(question.includes('table') ? 'none' : 'many'));
    await expect(stubborn).rejects.toThrow(/no such answer in 3 tries/);
  });
});

it('an accuracy is a percentage or a share', () => {
  expect(['90', '90 %', '0.9', '1'].map(readAccuracy)).toEqual([0.9, 0.9, 0.9, 1]);
});

it('names the first limit that is exceeded', () => {
  const costs = { weightBytes: 2 ** 21, answerSeconds: 0.02, trainingSeconds: 90 };
  const none = { memoryBytes: null, latencySeconds: null, trainingSeconds: null };
  expect(findExcess(costs, none)).toBe(null);
  expect(findExcess(costs, { ...none, memoryBytes: 2 ** 20 })).toBe('weights of 2 MiB, above 1 MiB');
  expect(findExcess(costs, { ...none, latencySeconds: 0.01 })).toBe('an answer takes 20 ms, above 10 ms');
  expect(findExcess(costs, { ...none, trainingSeconds: 60 })).toBe('training takes about 1:30, above 1:00');
});
