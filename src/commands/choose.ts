import { isatty } from 'node:tty';
import { adviseByLength, adviseByUse } from '../articles/choosing.ts';
import { findRow } from '../articles/claims/runs.ts';
import type { DataConfig } from '../data/settings.ts';
import { UsageError, UserError } from '../errors.ts';
import { loadConfig } from '../experiment-config.ts';
import { isNeural, nameModel } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { PUBLISHED_FOLDER, publishedFolders } from '../experiment/find-runs.ts';
import { renderConfig } from '../config/yaml.ts';
import { printable } from '../files/escape.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { writeFileAtomically } from '../files/write.ts';
import { chooseCandidate, listCandidates } from '../report/candidates.ts';
import type { Candidate } from '../report/candidates.ts';
import { loadPublished } from '../report/choose-runs.ts';
import { createEvidence } from '../report/comparison.ts';
import type { Evidence } from '../report/comparison.ts';
import { loadEvidenceOfStudies } from '../report/study-evidence.ts';
import { identifyModel } from '../report/model-labels.ts';
import { findStudies } from '../study/find-studies.ts';
import { exitCodeOf } from '../study/stop-signals.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { countWeightBytes, estimateFit, measureCosts } from './choose-costs.ts';
import type { ModelCosts, TextsToTrain } from './choose-costs.ts';
import { askOnTerminal, needsOf } from './choose-needs.ts';
import type { ChooseOptions, Needs } from './choose-needs.ts';
import { findExcess, renderChoice, toJson } from './choose-view.ts';
import type { ChooseReport, WeighedModel } from './choose-view.ts';
import { prepareData } from './data.ts';
import type { DataReport } from './data-view.ts';
import { startEngine } from './start-engine.ts';

/** Where no data says how many texts there are: IMDB's. */
const USUAL_REVIEWS = 25_000;

/** @throws UserError */
export async function runChoose(options: ChooseOptions): Promise<void> {
  const screen = createScreen(options.json);
  const given = needsOf(options);
  const asks = given.data === null && given.length === null && !options.json && isatty(0) && isatty(1);
  if (given.data === null && given.length === null && !asks) {
    throw new UsageError('choose needs to know the texts: name a table with --data, or give --length, the tokens of a usual text');
  }
  const needs = asks ? await askOnTerminal(given) : given;
  if (needs === null) {
    screen.onWarning('stopped; nothing was chosen or written');
    process.exitCode = exitCodeOf('SIGINT');
    return;
  }
  const out = needs.out;
  if (out !== null && kindOf(out) !== 'missing') throw new UserError(`${displayPath(out)} already exists; name another file with --out`);
  const report = await choose(needs, options, screen);
  screen.bar.clear();
  if (out !== null) writeFileAtomically(out, renderConfig(report.config));
  if (options.json) process.stdout.write(`${JSON.stringify(toJson(report), null, 2)}\n`);
  else screen.print(renderChoice(report, screen.columns()));
}

/** Reads the data where there is any, then the published runs, and measures what is asked about. @throws UserError */
async function choose(needs: Needs, options: ChooseOptions, screen: Screen): Promise<ChooseReport> {
  const stated = readDataKeys(options.set), profile = needs.data === null ? null : await profileTexts(needs.data, options.set, screen);
  const texts = describeTexts(needs, profile);
  const adapt = (config: AnyConfig): AnyConfig => adaptConfig(config, stated, profile?.lengths.share95 ?? texts.length);
  const evidence = loadEvidence(screen), candidates = evidence === null ? [] : listCandidates(evidence);
  await startEngine(options, screen);
  const weigh = createScales(texts, screen);
  const toOption = (config: AnyConfig, candidate: Candidate | null): WeighedModel => {
    const adapted = adapt(config);
    return { label: candidate?.label ?? nameModel(config), config: adapted, candidate, costs: weigh(adapted, candidate) };
  };
  const findProblem = (candidate: Candidate): string | null =>
    findExcess({ weightBytes: countWeightBytes(candidate.config, texts, candidate.parameters) }, needs)
    ?? findExcess(toOption(candidate.config, candidate).costs, needs);
  const byRule = (isConstrained: boolean): WeighedModel => {
    const { config } = loadConfig(adviseByLength({ ...texts, isConstrained }).config);
    const label = evidence === null ? undefined : findRow(evidence, nameModel(config))?.label;
    return toOption(config, candidates.find((candidate) => candidate.label === label) ?? null);
  };
  const byLength = byRule(false), isConstrained = findExcess(byLength.costs, { ...needs, trainingSeconds: null }) !== null;
  const articles = isConstrained ? byRule(true) : byLength;
  const choice = evidence === null ? null : chooseCandidate(evidence, candidates, findProblem, needs.accuracy);
  const chosen = choice?.chosen ?? null, best = chosen === null ? null : toOption(chosen.config, chosen);
  return {
    needs, texts, profile, advice: [adviseByLength, adviseByUse].map((advise) => advise({ ...texts, isConstrained })),
    evidence, candidates, choice, best, articles, follow: options.follow,
    studies: loadEvidenceOfStudies(PUBLISHED_FOLDER, { 'data.maxLength': texts.length, 'data.trainLimit': texts.trained }),
    config: options.follow === 'articles' || best === null ? articles.config : best.config,
  };
}

/** The keys of `data` that --set names, with their values. @throws UsageError for any other key */
function readDataKeys(set: readonly string[]): Partial<DataConfig> {
  const keys = set.map((setting) => setting.split('=', 1)[0]?.trim() ?? '');
  const other = keys.find((key) => !key.startsWith('data.'));
  if (other !== undefined) throw new UsageError(`--set ${printable(other)}: choose takes keys of data alone; change others in its config`);
  const { data } = loadConfig(READING_CONFIG, { set }).config;
  return Object.fromEntries(Object.entries(data).filter(([key]) => keys.includes(`data.${key}`)));
}

/** How the data is read, so that `choose` sees in it what training will: with the word tokenizer, at most so many words. */
const READING_CONFIG = 'gru.yaml';

/** @throws UserError where the data cannot be read */
function profileTexts(dataPath: string, set: readonly string[], screen: Screen): Promise<DataReport> {
  return prepareData({ ...screen, dataPath, config: READING_CONFIG, set });
}

/** What somebody says of the texts goes before what their data says. */
function describeTexts({ length, classes, reviews }: Needs, profile: DataReport | null): TextsToTrain {
  const { train = 0, validation = 0, test = 0 } = profile === null ? {} : countParts(profile);
  const held = profile?.training?.validationReviews ?? validation, given = reviews ?? (profile === null ? USUAL_REVIEWS : null);
  return {
    length: length ?? profile?.lengths.median ?? 1, classes: classes ?? profile?.classes.length ?? 2,
    trained: given ?? profile?.training?.reviews ?? train, evaluated: given ?? held + test,
    vocabularySize: profile?.training?.vocabularySize ?? null,
  };
}

function countParts({ classes }: DataReport): Record<'train' | 'validation' | 'test', number> {
  const sum = (part: 'train' | 'validation' | 'test'): number => classes.reduce((total, counts) => total + counts[part], 0);
  return { train: sum('train'), validation: sum('validation'), test: sum('test') };
}

/**
 * A model's config for other texts than those of its runs.
 * @param longest tokens that a neural model reads of one; a linear one reads all
 */
function adaptConfig<Config extends AnyConfig>(config: Config, stated: Partial<DataConfig>, longest: number): Config {
  const maxLength = isNeural(config) ? Math.max(1, longest) : config.data.maxLength;
  return { ...config, data: { ...config.data, maxLength, ...stated, source: 'file' } };
}

/** The published runs on IMDB; null where there are none. Studies, whose runs differ in many ways, are no part of them. */
function loadEvidence({ onWarning }: Screen): Evidence | null {
  const studies = findStudies();
  const runs = loadPublished(publishedFolders().filter((folder) => !studies.includes(folder)), onWarning);
  return runs.length === 0 ? null : createEvidence(runs);
}

/** Weighs each model once: it takes seconds. */
function createScales(texts: TextsToTrain, { onProgress, bar }: Screen): (config: AnyConfig, candidate: Candidate | null) => ModelCosts {
  const known = new Map<string, ModelCosts>();
  return (config, candidate) => {
    const key = identifyModel(config), costs = known.get(key) ?? weigh();
    known.set(key, costs);
    return costs;
    function weigh(): ModelCosts {
      if (!isNeural(config)) return estimateFit(config, candidate, texts);
      onProgress({ label: `Timing steps of ${nameModel(config)}`, done: 0 });
      const measured = measureCosts(config, texts);
      bar.clear();
      return measured;
    }
  };
}
