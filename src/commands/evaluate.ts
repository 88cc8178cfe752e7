import { corpusOptionsOf, openCorpus } from '../data/open-corpus.ts';
import type { Corpus, Review } from '../data/review.ts';
import { findLabel } from '../data/table/labels.ts';
import { tableOptionsOf, type TableOptions } from '../data/table/options.ts';
import { readTable } from '../data/table/source.ts';
import { UserError } from '../errors.ts';
import { drawEvaluation } from '../evaluation/charts.ts';
import { evaluate } from '../evaluation/evaluation.ts';
import type { Evaluation, Mistake } from '../evaluation/evaluation.ts';
import { renderEvaluationPage } from '../evaluation/page.ts';
import { renderEvaluation } from '../evaluation/terminal.ts';
import { loadStoredRun } from '../experiment/continuation.ts';
import type { Classifier } from '../experiment/load-model.ts';
import { areSameReviews, describeOtherReviews } from '../experiment/same-reviews.ts';
import { describeValue } from '../files/escape.ts';
import { displayPath } from '../files/paths.ts';
import { writeFileAtomically } from '../files/write.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { encodeTexts } from '../text/encode.ts';
import type { EncodedPart } from '../text/encode.ts';
import type { OptionsOf } from './options.ts';
import { checkPage } from './picture.ts';
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

export async function runEvaluate(options: EvaluateOptions): Promise<void> {
  checkPage(options.html);
  const screen = createScreen(options.json);
  const model = await startClassifier(options, screen);
  try {
    const { run = '', data, html } = options;
    const labelled = data === undefined ? await loadOwnTest(run, screen) : await loadOther(data, model, options, screen);
    const evaluation = await measure(model, labelled, options, screen);
    process.stdout.write(options.json ? `${JSON.stringify(evaluation, null, 2)}\n` : renderEvaluation(evaluation, screen.columns()));
    if (html !== undefined) await writePage(html, evaluation, screen);
  } finally {
    model.dispose();
    screen.bar.clear();
  }
}

async function measure(
  model: Classifier, { location, part, textOf }: LabelledPart, { run = '', texts }: EvaluateOptions, { onProgress }: Screen,
): Promise<Evaluation> {
  const total = part.labels.length;
  if (total === 0) throw new UserError(`${displayPath(location)}: holds no labelled review to measure the model on`);
  const evaluation = evaluate(model, part, (done) => { onProgress({ label: 'Evaluating', done, total }); });
  const mistakes = texts ? await addTexts(evaluation.mistakes, textOf) : evaluation.mistakes;
  return { run: displayPath(run), data: displayPath(location), ...evaluation, mistakes };
}

async function writePage(html: string, evaluation: Evaluation, { bar, onProgress, onWarning }: Screen): Promise<void> {
  onProgress({ label: 'Drawing', done: 0 });
  const page = renderEvaluationPage(evaluation, await drawEvaluation(evaluation));
  bar.clear();
  writeFileAtomically(html, page);
  onWarning(`page written to ${displayPath(html)}`);
}

/** The test part that the run was measured on. @throws UserError where its reviews have moved or are others now */
export async function loadOwnTest(run: string, screen: Screen): Promise<LabelledPart> {
  const folder = { name: '', path: run }, stored = loadStoredRun(folder);
  if (stored === null)
    throw new UserError(`${displayPath(run)}: is no experiment folder, so it has no test part; name reviews with --data`);
  const { config, environment } = stored;
  const source = await openCorpus({
    ...screen, ...corpusOptionsOf(config.data), dataPath: findStoredData(folder, stored),
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

async function addTexts(mistakes: Evaluation['mistakes'], textOf: LabelledPart['textOf']): Promise<Mistake[]> {
  return Promise.all(mistakes.map(async (mistake) => ({ ...mistake, text: (await textOf(mistake.id)) ?? '' })));
}
