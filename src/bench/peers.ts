import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Precision } from '../export/onnx/graph.ts';
import type { Competitor, CompetitorId, Launch } from './competitors.ts';
import type { BenchModel, Padding } from './protocol.ts';

/** Peers of what is measured: training and evaluation, or answers to texts. */
export const peerNames = { training: ['pytorch', 'keras', 'tfjs-layers'], latency: ['onnxruntime', 'pytorch', 'keras'] } as const;
export type PeerName = (typeof peerNames)[keyof typeof peerNames][number];

export interface Lengths {
  readonly maxLength: number;
  /** Rounded to a whole token. */
  readonly meanLength: number;
}

/** What a competitor does to reviews of unequal length in training and evaluation. */
export function paddingOf(id: CompetitorId, { maxLength, meanLength }: Lengths): Padding {
  if (id === 'pytorch') return maxLength;
  return id === 'keras' ? meanLength : 'longest';
}

/** The same where it answers texts: Keras traces its graph anew for each width. */
export function answerPaddingOf(id: CompetitorId, { maxLength }: Pick<Lengths, 'maxLength'>): Padding {
  return id === 'keras' ? maxLength : 'longest';
}

const projectFolder = join(import.meta.dirname, '../..');
export const peersFolder = join(projectFolder, 'scripts', 'peers');
const { resolve } = createRequire(import.meta.url);
const tsx = pathToFileURL(resolve('tsx')).href;
const scriptBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function nodeLaunch(script: string, threads: number, ...more: readonly string[]): Launch {
  return { command: process.execPath, args: [...process.execArgv, '--import', tsx, script, String(threads), ...more] };
}

function pythonLaunch(python: string, script: string, threads: number): Launch {
  // Python's libraries keep their own waiting between operations: this is how they are fastest.
  const environment = { OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: '1' };
  return { command: python, args: [join(peersFolder, script), String(threads)], environment };
}

/** What scripts/peers/pytorch.py has, and gatelab itself. */
const hasAll = { has: () => true, oneBias: [] } as const;

const hasArticlesModel = (model: BenchModel): boolean => model.type === 'recurrent' && model.pooling === 'last';

export function ownCompetitor(threads: number): Competitor {
  return {
    id: 'gatelab', title: 'gatelab', tuned: true, everywhere: true, ...hasAll,
    words: 'bucketed by length and packed, without padding', launch: nodeLaunch(scriptBeside('own-process.ts'), threads),
  };
}

/** @param python of the environment that `prepareEnvironment` made; unused for a library in Node */
export function competitorsOf(peer: PeerName, threads: number, python: string): Competitor[] {
  if (peer === 'tfjs-layers') {
    return [{
      id: 'tfjs-layers', title: 'tf.layers', tuned: false, everywhere: false,
      has: hasArticlesModel, oneBias: ['rnn', 'lstm', 'gru'],
      words: 'tf.layers on tfjs-node, one padded step only and fewer turns of it, without clipping, with one bias a gate',
      launch: nodeLaunch(join(peersFolder, 'tf-layers.ts'), threads),
    }];
  }
  if (peer === 'keras') {
    return [{
      id: 'keras', title: 'Keras', tuned: false, everywhere: true,
      has: hasArticlesModel, oneBias: ['rnn', 'lstm'],
      words: 'graph mode, batches of epochs and evaluation cut or padded to the mean length; one bias a gate, in the GRU two',
      launch: pythonLaunch(python, 'keras_tensorflow.py', threads),
    }];
  }
  const common = { everywhere: true, ...hasAll, launch: pythonLaunch(python, 'pytorch.py', threads) };
  return [
    {
      id: 'pytorch', title: 'PyTorch', tuned: false, ...common,
      words: 'nn.LSTM and its like on batches padded to the greatest length, as its users write it',
    },
    {
      id: 'pytorch-tuned', title: 'PyTorch, at its best', tuned: true, ...common,
      words: 'the same on the buckets of gatelab, padded to the longest of the batch, with fused Adam: its best',
    },
  ];
}

/** Gatelab where it answers texts. @param words path of its vocabulary, a word a line */
export function ownAnswerer(threads: number, words: string): Competitor {
  return {
    ...ownCompetitor(threads), words: 'from text: tokenized, packed and computed by the code of predict and serve',
    launch: nodeLaunch(scriptBeside('answer-process.ts'), threads, words),
  };
}

/** Whether the optional package is installed; it is not loaded. */
export function hasOnnxruntime(): boolean {
  try {
    resolve('onnxruntime-node');
    return true;
  } catch {
    return false;
  }
}

/** Precisions in which an exported model answers, and by which competitor. */
export const answerPrecisions = ['float32', 'int8'] as const satisfies readonly Precision[];
export const exportedPrecisions: Readonly<Partial<Record<CompetitorId, Precision>>> = {
  'onnxruntime': 'float32', 'onnxruntime-int8': 'int8',
};

/** How the peers that answer texts are started: of Python by the path to it, of onnxruntime by the folders of exported models. */
export interface AnswererOptions {
  readonly threads: number;
  /** Of the environment that `prepareEnvironment` made; unused for onnxruntime. */
  readonly python: string;
  /** Holds an export in each of `answerPrecisions`, by its name. */
  readonly exported: string;
}

export function answerersOf(peer: PeerName, { threads, python, exported }: AnswererOptions): Competitor[] {
  if (peer === 'onnxruntime') {
    return answerPrecisions.map((precision) => ({
      id: precision === 'int8' ? 'onnxruntime-int8' : 'onnxruntime',
      title: precision === 'int8' ? 'onnxruntime, int8' : 'onnxruntime', tuned: false, everywhere: true, ...hasAll,
      words: precision === 'int8' ? 'the same of an export with --int8'
        : 'from text: tokenized as gatelab does it, the exported model in onnxruntime-node, padded to the longest of the batch',
      launch: nodeLaunch(scriptBeside('onnx-process.ts'), threads, join(exported, precision)),
    }));
  }
  const words = {
    'pytorch': 'from token ids, not from text; padded to the longest of the batch, in inference mode',
    'keras': 'from token ids, not from text; predict_on_batch, padded to the greatest length, for which its graph is traced once',
  } as const;
  return competitorsOf(peer, threads, python).flatMap((competitor) => {
    const { id, title } = competitor;
    return id === 'pytorch' || id === 'keras' ? [{ ...competitor, title: `${title}, from ids`, words: words[id] }] : [];
  });
}
