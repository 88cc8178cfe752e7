import { openCorpus } from '../data/open-corpus.ts';
import type { Corpus, Review } from '../data/review.ts';
import { findLabel } from '../data/table/labels.ts';
import { tableOptionsOf, type TableOptions } from '../data/table/options.ts';
import { readTable } from '../data/table/source.ts';
import { UserError } from '../errors.ts';
import { loadStoredRun } from '../experiment/continuation.ts';
import type { Classifier } from '../experiment/load-model.ts';
import { areSameReviews, describeOtherReviews } from '../experiment/same-reviews.ts';
import { describeValue } from '../files/escape.ts';
import { displayPath } from '../files/paths.ts';
import { classify, indexOfLargest, measureCalibration } from '../measure/classification.ts';
import type { Classified } from '../measure/classification.ts';
import { applyTemperature } from '../measure/temperature.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { encodeTexts } from '../text/encode.ts';
import type { EncodedPart } from '../text/encode.ts';
import { renderEvaluation } from './evaluate-view.ts';
import type { Evaluation, LengthGroup, Mistake } from './evaluate-view.ts';
import type { OptionsOf } from './options.ts';
import { findStoredData } from './resume.ts';
import { startClassifier } from './start-classifier.ts';
import { loadDataset } from './train-run.ts';

type EvaluateOptions = OptionsOf<'evaluate'>;

/** Reviews as the model reads them, and their texts where those are at hand. */
export interface LabelledPart {
  readonly location: string;
  readonly part: EncodedPart;
  readonly textOf: (id: string) => Promise<string | undefined>;
}

const SHOWN_MISTAKES = 10;
const LENGTH_GROUPS = 4;

export async function runEvaluate(options: EvaluateOptions): Promise<void> {
  const screen = createScreen(options.json);
  const model = await startClassifier(options, screen);
  try {
    const { run = '', data } = options;
    const labelled = data === undefined ? await loadOwnTest(run, screen) : await loadOther(data, model, options, screen);
    const evaluation = await evaluate(model, labelled, options, screen);
    process.stdout.write(options.json ? `${JSON.stringify(evaluation, null, 2)}\n` : renderEvaluation(evaluation, screen.columns()));
  } finally {
    model.dispose();
    screen.bar.clear();
  }
}

/** The test part that the run was measured on. @throws UserError where its reviews have moved or are others now */
export async function loadOwnTest(run: string, screen: Screen): Promise<LabelledPart> {
  const folder = { name: '', path: run }, stored = loadStoredRun(folder);
  if (stored === null)
    throw new UserError(`${displayPath(run)}: is no experiment folder, so it has no test part; name reviews with --data`);
  const { config, environment } = stored;
  const source = await openCorpus({
    ...screen, source: config.data.source, table: tableOptionsOf(config.data), dataPath: findStoredData(folder, stored),
    allowSampleFallback: false,
  });
  const { dataset, reviews } = await loadDataset(source, config, screen);
  if (!areSameReviews(environment.dataset, reviews)) {
    throw new UserError(
      `${displayPath(run)} was trained on other reviews: ${describeOtherReviews(environment.dataset, reviews)}; name some with --data`,
    );
  }
  return { location: source.location, part: dataset.test, textOf: lookUp(async () => (await source.load()).test) };
}

/** Every row of a table, or the test part of IMDB, with the labels of the model's classes. */
async function loadOther(
  path: string, { vocabulary, config, classes }: Classifier, options: EvaluateOptions, screen: Screen,
): Promise<LabelledPart> {
  const table = readingOf(config.data, options);
  const source = await openCorpus({ ...screen, source: 'imdb', table, dataPath: path, allowSampleFallback: false });
  const named = source.kind === 'file'
    ? (await readTable(path, table, screen.onProgress)).rows : nameLabels(await source.load(screen.onProgress));
  const labels = named.map(({ id, word }) => findLabel(word, classes) ?? refuseLabel(path, id, word, classes));
  const reviews = named.map(({ id, text }, k) => ({ id, text, label: labels[k] ?? 0 }));
  const encoded = encodeTexts(reviews.map(({ text }) => text), vocabulary, config.data);
  const part = { ...encoded, labels: Uint8Array.from(labels), ids: reviews.map(({ id }) => id) };
  return { location: path, part, textOf: lookUp(() => Promise.resolve(reviews)) };
}

/** As the model's config has it, where no option says otherwise; the whole of one table. */
function readingOf(data: Classifier['config']['data'], { textColumn, labelColumn, encoding }: EvaluateOptions): TableOptions {
  return {
    ...tableOptionsOf(data), naming: 'option', splitColumn: null, testPath: null, validationPath: null, encoding,
    ...(textColumn === undefined ? {} : { textColumn }), ...(labelColumn === undefined ? {} : { labelColumn }),
  };
}

function nameLabels({ test, classes }: Corpus): { readonly id: string; readonly text: string; readonly word: string }[] {
  return test.map(({ label, ...review }) => ({ ...review, word: classes[label] ?? '' }));
}

function refuseLabel(path: string, id: string, word: string, classes: readonly string[]): never {
  const known = classes.slice(0, 5).map((name) => describeValue(name)).join(', ');
  throw new UserError(`${displayPath(path)}: ${id} has the label ${describeValue(word)}, which is none of the model's classes `
    + `(${known}${classes.length > 5 ? ', …' : ''}); is it the right column? Name it with --label-column, or correct the label`);
}

function lookUp(load: () => Promise<readonly Review[]>): LabelledPart['textOf'] {
  let texts: Promise<ReadonlyMap<string, string>> | null = null;
  return async (id) => (await (texts ??= load().then((reviews) => new Map(reviews.map((review) => [review.id, review.text]))))).get(id);
}

async function evaluate(
  model: Classifier, { location, part, textOf }: LabelledPart, { run = '', texts }: EvaluateOptions, { onProgress }: Screen,
): Promise<Evaluation> {
  const total = part.labels.length;
  if (total === 0) throw new UserError(`${displayPath(location)}: holds no labelled review to measure the model on`);
  const own = model.predictUncalibrated(part, (done) => { onProgress({ label: 'Evaluating', done, total }); });
  const { labels } = part, { temperature } = model;
  const probabilities = temperature === null ? own : own.map((row) => applyTemperature(row, temperature));
  const classified = { labels, probabilities };
  const mistakes = findMistakes(classified, part.ids, model.classes);
  return {
    run: displayPath(run), data: displayPath(location), names: model.classes, ...classify(classified), temperature,
    uncalibrated: temperature === null ? null : measureCalibration({ labels, probabilities: own }),
    byLength: groupByLength(classified, part), mistakes: texts ? await addTexts(mistakes, textOf) : mistakes,
  };
}

function findMistakes({ labels, probabilities }: Classified, ids: readonly string[], names: readonly string[]): Mistake[] {
  const wrong = probabilities.flatMap((row, item): Mistake[] => {
    const predicted = indexOfLargest(row), label = labels[item] ?? 0;
    if (predicted === label) return [];
    return [{ id: ids[item] ?? '', label: names[label] ?? '', predicted: names[predicted] ?? '', probability: row[predicted] ?? 0 }];
  });
  return wrong.sort((a, b) => b.probability - a.probability).slice(0, SHOWN_MISTAKES);
}

function addTexts(mistakes: readonly Mistake[], textOf: LabelledPart['textOf']): Promise<Mistake[]> {
  return Promise.all(mistakes.map(async (mistake) => ({ ...mistake, text: (await textOf(mistake.id)) ?? '' })));
}

/** Groups of about as many reviews, those of one length together. */
function groupByLength({ labels, probabilities }: Classified, { offsets }: EncodedPart): LengthGroup[] {
  const lengthOf = (item: number): number => (offsets[item + 1] ?? 0) - (offsets[item] ?? 0);
  const sorted = [...probabilities.keys()].sort((a, b) => lengthOf(a) - lengthOf(b));
  const lastOf = (group: number): number => sorted[Math.ceil((group + 1) * sorted.length / LENGTH_GROUPS) - 1] ?? 0;
  const ends = Array.from({ length: LENGTH_GROUPS }, (_, k) => lengthOf(lastOf(k)));
  return [...new Set(ends)].map((to, k, all) => {
    const from = (all[k - 1] ?? -1) + 1;
    const own = sorted.filter((item) => lengthOf(item) >= from && lengthOf(item) <= to);
    const right = own.filter((item) => indexOfLargest(probabilities[item] ?? []) === labels[item]).length;
    return { from, to, items: own.length, accuracy: right / own.length };
  });
}
