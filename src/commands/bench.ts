import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { ownCompetitor, competitorsOf, peerNames, peersFolder } from '../bench/competitors.ts';
import type { Competitor, PeerName } from '../bench/competitors.ts';
import { prepareEnvironment } from '../bench/python-environment.ts';
import { renderMarkdown, renderScreen } from '../bench/render.ts';
import { runBench } from '../bench/run.ts';
import { benchSettings } from '../bench/settings.ts';
import { openCorpus } from '../data/open-corpus.ts';
import { loadTokenizedCorpus } from '../data/token-cache.ts';
import { setUpEngine } from '../engine/setup.ts';
import { UsageError, UserError } from '../errors.ts';
import { typedCommand } from '../typed-command.js';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import type { OptionsOf } from './options.ts';

const REPORT = join(import.meta.dirname, '../../docs/performance.md');
/** Processes waiting or running a core: PyTorch's threads wait for each other spinning, and a busy core costs it many times over. */
const QUIET_LOAD = 0.3;

export interface BenchOptions {
  readonly data: string | undefined;
  readonly threads: number;
  readonly rounds: number;
  readonly full: boolean;
  readonly quick: boolean;
  readonly peers: readonly (PeerName | 'none')[];
  readonly json: string | undefined;
  readonly write: boolean;
}

export async function bench(options: BenchOptions, command: string): Promise<void> {
  const screen = createScreen(false);
  const { onProgress, onWarning, bar } = screen;
  onProgress({ label: 'Reading reviews', done: 0 });
  const source = await openCorpus({ source: 'imdb', dataPath: options.data, allowSampleFallback: false, onProgress, onWarning });
  const corpus = await loadTokenizedCorpus(source, { onProgress, onWarning });
  await setUpEngine({ onProgress, onWarning });
  const peers = await preparePeers(options, screen);
  bar.clear();
  warnOfLoad(screen);
  const result = await runBench({
    settings: benchSettings(options), competitors: [ownCompetitor(options.threads), ...peers.competitors], corpus,
    location: source.location, command, leftOut: peers.leftOut,
    onStage: (stage) => { process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${stage}\n`); },
  });
  screen.print(renderScreen(result));
  if (options.json !== undefined) writeText(options.json, `${JSON.stringify(result, null, 2)}\n`);
  if (options.write) writeText(REPORT, renderMarkdown(result));
}

/** The peers that can be had; the others are left out with a warning. */
async function preparePeers(
  { peers, threads }: BenchOptions,
  { onProgress, onWarning }: Screen,
): Promise<{ competitors: Competitor[]; leftOut: string[] }> {
  const competitors: Competitor[] = [];
  const leftOut: string[] = [];
  for (const peer of peers) {
    if (peer === 'none') continue;
    try {
      const python =
        peer === 'tfjs-layers' ? '' : await prepareEnvironment(join(peersFolder, `${peer}-requirements.txt`), peer, onProgress);
      competitors.push(...competitorsOf(peer, threads, python));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onWarning(`${peer} is left out: ${error.message}`);
      leftOut.push(`${peer}: ${error.message}`);
    }
  }
  return { competitors, leftOut };
}

function warnOfLoad({ onWarning }: Screen): void {
  const load = (loadavg()[0] ?? 0) / availableParallelism();
  if (load > QUIET_LOAD)
    onWarning(`the machine is busy (load ${load.toFixed(2)} a core): the figures will be wrong, and not alike for all`);
}

function writeText(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

function checkPeers(text: string): BenchOptions['peers'] {
  const known: readonly string[] = [...peerNames, 'none'];
  const peers = text.split(',');
  const unknown = peers.find((peer) => !known.includes(peer));
  if (unknown !== undefined || (peers.includes('none') && peers.length > 1)) {
    throw new UsageError(`--peers takes none, or some of ${peerNames.join(',')}; not ${text}`);
  }
  return peers as BenchOptions['peers'];
}

export async function runBenchCommand({ peers, ...options }: OptionsOf<'bench'>): Promise<void> {
  await bench({ ...options, peers: checkPeers(peers) }, typedCommand('bench', process.argv.slice(3)));
}
