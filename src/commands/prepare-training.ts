import { corpusOptionsOf, openCorpus } from '../data/open-corpus.ts';
import type { CorpusSource } from '../data/review.ts';
import type { Engine } from '../engine/load.ts';
import { isEngineMissing } from '../engine/setup.ts';
import { capabilitiesOf, isNeural } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { withSource } from '../experiment/load.ts';
import { readRssBytes } from '../measure/memory.ts';
import type { Screen } from '../terminal/screen.ts';
import { findModelSlowness } from '../models/build.ts';
import { startEngine } from './start-engine.ts';
import type { EngineChoice } from './start-engine.ts';
import type { RunEngine } from './train-view.ts';

/** What is ready to be trained. */
export interface PreparedTraining<Data> {
  readonly data: Data;
  readonly engine: RunEngine;
}

/**
 * Where the reviews of a new training come from, and its config with that; a synthetic sample where there is no network.
 * @throws UserError
 */
export async function openForTraining<Config extends AnyConfig>(
  asked: Config, dataPath: string | undefined, screen: Screen,
): Promise<{ readonly source: CorpusSource; readonly config: Config }> {
  const source = await openCorpus({
    ...screen, ...corpusOptionsOf(asked.data), dataPath, allowSampleFallback: true,
  });
  return { source, config: withSource(asked, source) };
}

/**
 * Reads the reviews, and starts the engine where the model needs one, before there is a folder. The engine comes first; but where it
 * has yet to be fetched and built, the reviews do, so that nobody waits minutes to hear that a file cannot be read. The engine's own
 * memory is then the growth while it starts: no reviews are counted into it.
 * @throws UserError when either cannot be had
 */
export async function prepareTraining<Data>(
  config: AnyConfig, options: EngineChoice, screen: Screen, loadData: () => Promise<Data>,
): Promise<PreparedTraining<Data>> {
  const before = readRssBytes();
  if (!capabilitiesOf(config).usesEngine) return { data: await loadData(), engine: { ...plainJavaScript, baselineRssBytes: before } };
  if (options.engine === 'portable' || !isEngineMissing()) {
    const engine = await startEngineFor(config, options, screen);
    return { engine: describeEngine(engine, engine.baselineRssBytes), data: await loadData() };
  }
  const data = await loadData();
  const withData = readRssBytes();
  const engine = await startEngineFor(config, options, screen);
  return { data, engine: describeEngine(engine, before + Math.max(0, engine.baselineRssBytes - withData)) };
}

/** And says what of the model it does slowly. */
async function startEngineFor(config: AnyConfig, options: EngineChoice, screen: Screen): Promise<Engine> {
  const engine = await startEngine(options, screen);
  const slowness = isNeural(config) ? findModelSlowness(config.model) : null;
  if (slowness !== null) screen.onWarning(slowness);
  return engine;
}

/** Neither TensorFlow nor tfjs takes part. */
const plainJavaScript = { kind: 'javascript', tfjs: null, tensorflow: null, threads: 1 } as const;

function describeEngine({ kind, tfjsVersion, tensorflowVersion, threads }: Engine, baselineRssBytes: number): RunEngine {
  return { kind, tfjs: tfjsVersion, tensorflow: tensorflowVersion, threads, baselineRssBytes };
}
