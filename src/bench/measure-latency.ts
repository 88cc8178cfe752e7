import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenizedCorpus } from '../data/tokenized-corpus.ts';
import { UserError } from '../errors.ts';
import { tolerances } from '../export/onnx/check.ts';
import { medianSpread, pairwiseRatio } from '../measure/statistics.ts';
import type { Vocabulary } from '../text/vocabulary.ts';
import { noteCircumstances, withCompetitors, withTemporaryFolder } from './circumstances.ts';
import type { Versions } from './circumstances.ts';
import { buildModels, compare, timeInTurns } from './competitors.ts';
import type { Compared, Competitor, CompetitorId, RunningCompetitor } from './competitors.ts';
import { askStep, load } from './measure-model.ts';
import { answerPaddingOf, answerPrecisions, exportedPrecisions, ownAnswerer } from './peers.ts';
import type { AnswererOptions } from './peers.ts';
import { doneSchema } from './protocol.ts';
import type { Timed } from './protocol.ts';
import type { AnswerRow, LatencyResult } from './result.ts';
import type { AnswerTurns, LatencySettings, NamedModel } from './settings.ts';
import { drawTexts, encodeReviews, meanLength, writeTexts } from './workload.ts';

export interface LatencyInputs {
  readonly settings: LatencySettings;
  /** Of the vocabulary. */
  readonly corpus: TokenizedCorpus;
  /** Those that are answered. */
  readonly texts: readonly string[];
  /** The peers on so many threads, for exports in such a folder. */
  readonly peersOf: (options: Omit<AnswererOptions, 'python'>) => readonly Competitor[];
  readonly location: string;
  readonly command: string;
  readonly leftOut: readonly string[];
  readonly onStage: (stage: string) => void;
}

const countThreads = (threads: number): string => (threads === 1 ? 'one thread' : `${threads} threads`);

/**
 * Times answers to texts, by turns, each competitor in a process of its own: gatelab's own models as they begin, and the same exported.
 * @throws UserError when a competitor fails, builds another model, or an exported model answers otherwise
 */
export function runLatency(inputs: LatencyInputs): Promise<LatencyResult> {
  const { settings, corpus, texts, location } = inputs, { maxLength, vocabularySize } = settings;
  const describeCircumstances = noteCircumstances({ ...inputs, models: settings.models });
  return withTemporaryFolder(async (folder) => {
    const { vocabulary } = encodeReviews(corpus, { maxLength, vocabularySize }), words = join(folder, 'words.txt');
    writeFileSync(words, vocabulary.words.map((word) => `${word}\n`).join(''));
    const meanLengths = settings.batches.map((turns) => writeAnswered(folder, texts, vocabulary, maxLength, turns));
    const session: Session = { ...inputs, folder, words, versions: new Map(), vocabularySize: vocabulary.size };
    const answers: AnswerRow[] = [];
    for (const named of settings.models) answers.push(...await measureAnswers(session, named));
    const all = [ownAnswerer(1, words), ...inputs.peersOf({ threads: 1, exported: folder })];
    return {
      ...describeCircumstances(all, session.versions), answers,
      data: { location, maxLength, meanLength: meanLengths[0] ?? Number.NaN, vocabularySize: vocabulary.size },
    };
  });
}

const batchFolder = (folder: string, batchSize: number): string => join(folder, `texts-${batchSize}`);

/** @returns the mean length of the texts, in tokens that are read */
function writeAnswered(
  folder: string, texts: readonly string[], vocabulary: Vocabulary, maxLength: number, { batchSize, turns, warmUp }: AnswerTurns,
): number {
  const drawn = drawTexts(texts, (turns + warmUp) * batchSize);
  return meanLength(writeTexts(batchFolder(folder, batchSize), drawn, vocabulary, maxLength));
}

interface Session extends LatencyInputs {
  readonly folder: string;
  /** Path of the vocabulary. */
  readonly words: string;
  readonly versions: Versions;
  readonly vocabularySize: number;
}

async function measureAnswers(session: Session, { name, model: stated }: NamedModel): Promise<AnswerRow[]> {
  const { settings, folder, words, versions, onStage, peersOf, vocabularySize } = session;
  const model = { ...stated, vocabularySize }; // a small corpus has fewer words than are asked for
  const exported = join(folder, `onnx-${name}`), rows: AnswerRow[] = [];
  onStage(`${name}: exporting`);
  await withCompetitors([ownAnswerer(1, words)], versions, async (running) => {
    await buildModels(running, model);
    for (const precision of answerPrecisions)
      for (const own of running) await own.ask({ do: 'export', folder: join(exported, precision), precision }, doneSchema);
  });
  for (const threads of settings.threads) {
    const all = [ownAnswerer(threads, words), ...peersOf({ threads, exported })];
    const absent = all.filter(({ has }) => !has(model)).map(({ id }) => id);
    await withCompetitors(all.filter(({ has }) => has(model)), versions, async (running) => {
      await buildModels(running, model);
      for (const turns of settings.batches) {
        onStage(`${name}: ${turns.batchSize === 1 ? 'one text' : `${turns.batchSize} texts`}, ${countThreads(threads)}`);
        const compared = await measureBatches(running, session, turns);
        rows.push({ model: name, threads, batchSize: turns.batchSize, turns: turns.turns, absent, compared });
      }
    });
  }
  return rows;
}

async function measureBatches(
  competitors: readonly RunningCompetitor[], { folder, settings: { maxLength } }: Session, { batchSize, turns, warmUp }: AnswerTurns,
): Promise<Compared[]> {
  await load(competitors, batchFolder(folder, batchSize), batchSize);
  const ask = (competitor: RunningCompetitor, batch: number): Promise<Timed> =>
    askStep(competitor, 'predict', batch, answerPaddingOf(competitor.id, { maxLength }));
  for (const competitor of competitors)
    for (let k = 0; k < warmUp; k++) await ask(competitor, turns + k);
  const answers = new Map(competitors.map(({ id }) => [id, new Float64Array(turns)]));
  const times = await timeInTurns(competitors, turns, async (competitor, turn) => {
    const { seconds, result } = await ask(competitor, turn);
    answers.get(competitor.id)?.fill(result, turn, turn + 1);
    return seconds;
  });
  checkAnswers(competitors, answers);
  return compare(times, medianSpread, pairwiseRatio);
}

/** What runs gatelab's own model answers as gatelab does, as far as its precision goes: a row never compares different models. */
export function checkAnswers(
  competitors: readonly Pick<RunningCompetitor, 'id' | 'title'>[], answers: ReadonlyMap<CompetitorId, Float64Array>,
): void {
  const own = answers.get('gatelab') ?? new Float64Array();
  for (const { id, title } of competitors) {
    const precision = exportedPrecisions[id];
    if (precision === undefined) continue;
    const others = answers.get(id) ?? new Float64Array();
    const difference = own.reduce((most, answer, turn) => Math.max(most, Math.abs(answer - (others[turn] ?? Number.NaN))), 0);
    if (difference <= tolerances[precision]) continue;
    throw new UserError(`${title} answers otherwise than gatelab: its probabilities differ by ${difference.toExponential(1)}, where `
      + `${tolerances[precision]} is allowed; please report this with the command`);
  }
}
