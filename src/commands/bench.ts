import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { latencyPage } from '../bench/latency-page.ts';
import { runLatency } from '../bench/measure-latency.ts';
import type { Page } from '../bench/page.ts';
import { answerersOf, competitorsOf, hasOnnxruntime, ownCompetitor, peerNames, peersFolder } from '../bench/peers.ts';
import type { PeerName } from '../bench/peers.ts';
import { prepareEnvironment } from '../bench/python-environment.ts';
import { renderFigures, renderMarkdown, renderScreen, replacePart } from '../bench/render.ts';
import type { ReportPart } from '../bench/render.ts';
import { runBench } from '../bench/run.ts';
import { benchSettings, defaultModels, latencySettings, modelNames } from '../bench/settings.ts';
import type { ModelName } from '../bench/settings.ts';
import { trainingPage } from '../bench/training-page.ts';
import { openCorpus } from '../data/open-corpus.ts';
import { loadTokenizedCorpus } from '../data/token-cache.ts';
import { setUpEngine } from '../engine/setup.ts';
import { UsageError, UserError } from '../errors.ts';
import { printable } from '../files/escape.ts';
import { displayPath } from '../files/paths.ts';
import { writeFileAtomically } from '../files/write.ts';
import { typedCommand } from '../typed-command.js';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import type { OptionsOf } from './options.ts';

const REPORT = join(import.meta.dirname, '../../docs/performance.md');
/** Processes waiting or running a core: PyTorch's threads wait for each other spinning, and a busy core costs it many times over. */
const QUIET_LOAD = 0.3;

export interface BenchOptions extends Omit<OptionsOf<'bench'>, 'peers' | 'models'> {
  readonly peers: readonly PeerName[];
  readonly models: readonly ModelName[];
}

/** What was measured, laid out, and as it is for programs. */
interface Measured {
  readonly page: Page;
  readonly result: object;
  readonly part: ReportPart;
}

export async function bench(options: BenchOptions, command: string): Promise<void> {
  const screen = createScreen(false);
  const { page, result, part } = await (options.latency ? measureLatency : measureTraining)(options, command, screen);
  const json = `${JSON.stringify(result, null, 2)}\n`;
  const render = { terminal: renderScreen, markdown: renderMarkdown, csv: renderFigures, json: () => json }[options.format];
  screen.print(render(page).trimEnd());
  if (options.json !== undefined) writeText(options.json, json);
  if (options.write) writeText(REPORT, replacePart(readFileSync(REPORT, 'utf8'), part, renderMarkdown(page), displayPath(REPORT)));
}

async function measureTraining(options: BenchOptions, command: string, screen: Screen): Promise<Measured> {
  const { threads, models } = options;
  const { source, ...prepared } = await prepare(options, screen);
  const peers = prepared.peers.flatMap(({ name, python }) => competitorsOf(name, threads, python));
  const result = await runBench({
    ...prepared, settings: benchSettings(options), competitors: [ownCompetitor(threads), ...peers],
    location: source.location, command, onStage: showStage,
  });
  const known: readonly string[] = defaultModels.training;
  return { page: trainingPage(result), result, part: models.every((name) => known.includes(name)) ? 'articles' : 'models' };
}

async function measureLatency(options: BenchOptions, command: string, screen: Screen): Promise<Measured> {
  const { source, ...prepared } = await prepare(options, screen);
  screen.onProgress({ label: 'Reading texts', done: 0 });
  const { test } = await source.load(screen.onProgress);
  screen.bar.clear();
  const result = await runLatency({
    ...prepared, settings: latencySettings(options), texts: test.map(({ text }) => text),
    peersOf: (on) => prepared.peers.flatMap(({ name, python }) => answerersOf(name, { ...on, python })),
    location: source.location, command, onStage: showStage,
  });
  return { page: latencyPage(result), result, part: 'latency' };
}

async function prepare(options: BenchOptions, screen: Screen) {
  const { onProgress, onWarning, bar } = screen;
  onProgress({ label: 'Reading reviews', done: 0 });
  const source = await openCorpus({ source: 'imdb', dataPath: options.data, allowSampleFallback: false, onProgress, onWarning });
  const corpus = await loadTokenizedCorpus(source, { onProgress, onWarning });
  await setUpEngine({ onProgress, onWarning });
  const peers = await preparePeers(options, screen);
  bar.clear();
  warnOfLoad(screen);
  return { source, corpus, ...peers };
}

interface ReadyPeer {
  readonly name: PeerName;
  /** Path of its Python; empty for a library in Node. */
  readonly python: string;
}

/** The peers that can be had; the others are left out with a warning. */
async function preparePeers({ peers }: BenchOptions, screen: Screen): Promise<{ peers: ReadyPeer[]; leftOut: string[] }> {
  const ready: ReadyPeer[] = [], leftOut: string[] = [];
  for (const name of peers) {
    try {
      ready.push({ name, python: await preparePeer(name, screen) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      screen.onWarning(`${name} is left out: ${error.message}`);
      leftOut.push(`${name}: ${error.message}`);
    }
  }
  return { peers: ready, leftOut };
}

/** @returns the path of its Python, empty for a library in Node @throws UserError where it cannot be had */
async function preparePeer(name: PeerName, { onProgress }: Screen): Promise<string> {
  if (name === 'tfjs-layers') return '';
  if (name !== 'onnxruntime') return prepareEnvironment(join(peersFolder, `${name}-requirements.txt`), name, onProgress);
  if (hasOnnxruntime()) return '';
  throw new UserError('onnxruntime-node is not installed; install it with npm install --include=optional');
}

function showStage(stage: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${stage}\n`);
}

function warnOfLoad({ onWarning }: Screen): void {
  const load = (loadavg()[0] ?? 0) / availableParallelism();
  if (load > QUIET_LOAD)
    onWarning(`the machine is busy (load ${load.toFixed(2)} a core): the figures will be wrong, and not alike for all`);
}

function writeText(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileAtomically(path, text);
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

/** `lstm,gru` → both. @throws UsageError where one of them is unknown or named twice */
export function readNames<Name extends string>(option: string, text: string, known: readonly Name[]): Name[] {
  const names = text.split(',').map((name) => name.trim());
  const found = known.filter((name) => names.includes(name));
  if (found.length === names.length) return names as Name[];
  throw new UsageError(`--${option} takes some of ${known.join(',')}, each once; not ${printable(text)}`);
}

export async function runBenchCommand({ peers, models, ...options }: OptionsOf<'bench'>): Promise<void> {
  const kind = options.latency ? 'latency' : 'training';
  const chosen: readonly PeerName[] = peers === undefined ? peerNames[kind]
    : peers === 'none' ? [] : readNames<PeerName>('peers', peers, peerNames[kind]);
  await bench({
    ...options, peers: chosen, models: models === undefined ? defaultModels[kind] : readNames('models', models, modelNames),
  }, typedCommand('bench', process.argv.slice(3)));
}
