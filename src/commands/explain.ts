import { openCorpus } from '../data/open-corpus.ts';
import { readTextRows } from '../data/table/texts.ts';
import { UserError } from '../errors.ts';
import type { Classifier } from '../experiment/load-model.ts';
import { explainTexts, hasVectors, refuseWithoutVectors } from '../explain/explain.ts';
import type { Explanation, Method } from '../explain/explain.ts';
import { createFaithfulnessMeter } from '../explain/faithfulness.ts';
import { explanationToJson } from '../explain/json.ts';
import { renderExplanationPage, renderWordPage } from '../explain/page.ts';
import { renderExplanation, renderFaithfulness, renderWordTable } from '../explain/terminal.ts';
import { createWordCollector } from '../explain/word-table.ts';
import { displayPath } from '../files/paths.ts';
import { writeFileAtomically } from '../files/write.ts';
import { createScreen, hasManyColors } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { loadOwnTest } from './evaluate.ts';
import { checkPage } from './picture.ts';
import type { OptionsOf } from './options.ts';
import { startClassifier } from './start-classifier.ts';

type ExplainOptions = OptionsOf<'explain'>;

/** Of a data set, unless options say otherwise. */
const usual = { limit: 200, top: 15, minCount: 5 } as const;

/** Texts explained at once: their deletions share batches. */
const CHUNK = 16;

export async function runExplain(options: ExplainOptions): Promise<void> {
  checkPage(options.html);
  const screen = createScreen(options.json);
  const model = await startClassifier({ ...options, gradients: true }, screen);
  try {
    refuseWithoutVectors(model, options.method);
    if (options.texts.length > 0) explainGiven(model, options, screen);
    else if (options.faithfulness !== undefined) await measureFaithfulness(model, options, options.faithfulness, screen);
    else await tableWords(model, options, screen);
  } finally {
    model.dispose();
    screen.bar.clear();
  }
}

/** The texts of the command line, one below the other. */
function explainGiven(model: Classifier, { run = '', texts, method, json, html }: ExplainOptions, screen: Screen): void {
  const explained: Explanation[] = [];
  const style = { columns: screen.columns(), isColored: hasManyColors(process.stdout) };
  for (const explanation of explainTexts(model, texts, method)) {
    const shown = json ? JSON.stringify(explanationToJson(explanation)) : renderExplanation(explanation, style);
    process.stdout.write(`${json || explained.length === 0 ? '' : '\n'}${shown}\n`);
    explained.push(explanation);
  }
  const wordless = explained.filter(({ words }) => words.length === 0).length;
  if (wordless > 0) screen.onWarning(`${wordless === 1 ? 'one text has' : `${wordless} texts have`} no word: there is nothing to explain`);
  if (html !== undefined) writePage(html, renderExplanationPage(displayPath(run), explained), screen);
}

function writePage(path: string, page: string, { onWarning }: Screen): void {
  writeFileAtomically(path, page);
  onWarning(`page written to ${displayPath(path)}`);
}

/** The words that matter most for each class. */
async function tableWords(model: Classifier, options: ExplainOptions, screen: Screen): Promise<void> {
  const { run = '', method, json, html, top = usual.top, minCount = usual.minCount } = options;
  const collector = createWordCollector(model.classes, model.vocabulary.words);
  const location = await eachChunk(model, options, screen, (texts) => {
    for (const explanation of explainTexts(model, texts, method)) collector.add(explanation);
  });
  const table = { run: displayPath(run), data: location, ...collector.finish(method, { top, minCount }) };
  process.stdout.write(json ? `${JSON.stringify(table, null, 2)}\n` : renderWordTable(table, screen.columns()));
  if (html !== undefined) writePage(html, renderWordPage(table), screen);
}

async function measureFaithfulness(model: Classifier, options: ExplainOptions, deleted: number, screen: Screen): Promise<void> {
  const meter = createFaithfulnessMeter(model, ['leave-one-out', ...(hasVectors(model) ? ['gradient' as Method] : [])], deleted);
  const location = await eachChunk(model, options, screen, (texts) => { meter.add(texts); });
  const measured = { run: displayPath(options.run ?? ''), data: location, ...meter.finish() };
  if (measured.texts === 0)
    throw new UserError(`${location}: none of ${measured.skipped} texts has ${2 * deleted} words or more; lower --faithfulness ${deleted}`);
  process.stdout.write(options.json ? `${JSON.stringify(measured, null, 2)}\n` : renderFaithfulness(measured, screen.columns()));
}

/** Hands the chosen texts over, chunk by chunk, with the progress of it. @returns where they are from, for people */
async function eachChunk(
  model: Classifier, options: ExplainOptions, screen: Screen, onChunk: (texts: readonly string[]) => void,
): Promise<string> {
  const { limit = usual.limit } = options;
  const { location, count, read } = await openTexts(model, options, screen);
  if (count === 0) throw new UserError(`${location}: holds no text to explain`);
  const total = Math.min(limit, count);
  let seen = 0, chosen = 0, held: string[] = [], done = 0;
  const flush = (): void => {
    screen.onProgress({ label: 'Explaining', done, total });
    if (held.length > 0) onChunk(held);
    done += held.length;
    held = [];
  };
  await read((text) => {
    // Text number ⌊k·count/total⌋ for k = 0, 1, … total − 1: a file may be sorted by class.
    if (seen++ !== Math.floor((chosen * count) / total) || chosen === total) return;
    chosen += 1;
    held.push(text);
    if (held.length === CHUNK) flush();
  });
  flush();
  screen.bar.clear();
  return location;
}

interface Texts {
  readonly location: string;
  readonly count: number;
  /** Hands them over in order, one by one. */
  readonly read: (onText: (text: string) => void) => Promise<void>;
}

async function openTexts(model: Classifier, { run = '', data, textColumn, encoding }: ExplainOptions, screen: Screen): Promise<Texts> {
  if (data === undefined) {
    const { location, part, textOf } = await loadOwnTest(run, screen);
    const read: Texts['read'] = async (onText) => { for (const id of part.ids) onText((await textOf(id)) ?? ''); };
    return { location: displayPath(location), count: part.ids.length, read };
  }
  const source = await openCorpus({ ...screen, source: 'imdb', dataPath: data, allowSampleFallback: false });
  const location = displayPath(data);
  if (source.kind !== 'file') {
    const { test } = await source.load(screen.onProgress);
    return { location, count: test.length, read: (onText) => { test.forEach(({ text }) => { onText(text); }); return Promise.resolve(); } };
  }
  // Read twice, so that a table larger than memory can be chosen from at even distances.
  const table = { column: { asked: textColumn, usual: model.config.data.textColumn }, encoding, chunk: 1024 };
  const read: Texts['read'] = (onText) =>
    readTextRows(data, { ...table, onProgress: () => undefined }, ({ texts }) => { texts.forEach(onText); });
  let count = 0;
  await readTextRows(data, { ...table, onProgress: screen.onProgress }, ({ texts }) => { count += texts.length; });
  return { location, count, read };
}
