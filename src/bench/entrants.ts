import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Launch } from './contestant.ts';
import type { Padding } from './protocol.ts';

export const peerNames = ['pytorch', 'keras', 'tfjs-layers'] as const;
export type PeerName = (typeof peerNames)[number];
export type EntrantId = 'gatelab' | 'pytorch' | 'pytorch-tuned' | 'keras' | 'tfjs-layers';

/** What takes part: a library in one way of using it. */
export interface Entrant {
  readonly id: EntrantId;
  readonly title: string;
  readonly tuned: boolean;
  /** Whether it takes part in epochs, evaluation and growth; the slowest does one padded step only. */
  readonly everywhere: boolean;
  readonly launch: Launch;
}

export interface Lengths {
  readonly maxLength: number;
  /** Rounded to a whole token. */
  readonly meanLength: number;
}

/** What an entrant does to reviews of unequal length. */
export function paddingOf(id: EntrantId, { maxLength, meanLength }: Lengths): Padding {
  if (id === 'pytorch') return maxLength;
  return id === 'keras' ? meanLength : 'longest';
}

export const paddingWords: Readonly<Record<EntrantId, string>> = {
  'gatelab': 'bucketed by length and packed, without padding',
  'pytorch': 'nn.LSTM and its like on batches padded to the greatest length, as its users write it',
  'pytorch-tuned': 'the same on the buckets of gatelab, padded to the longest of the batch, with fused Adam: its best',
  'keras': 'graph mode, batches of epochs and evaluation cut or padded to the mean length',
  'tfjs-layers': 'tf.layers on tfjs-node, one padded step only and fewer turns of it, without clipping',
};

const projectFolder = join(import.meta.dirname, '../..');
export const peersFolder = join(projectFolder, 'scripts', 'peers');
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

function nodeLaunch(script: string, threads: number): Launch {
  return { command: process.execPath, args: [...process.execArgv, '--import', tsx, script, String(threads)] };
}

function pythonLaunch(python: string, script: string, threads: number): Launch {
  // The peers keep their own waiting between operations: this is how they are fastest.
  const environment = { OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: '1' };
  return { command: python, args: [join(peersFolder, script), String(threads)], environment };
}

export function ownEntrant(threads: number): Entrant {
  const script = fileURLToPath(new URL('own-process.ts', import.meta.url));
  return { id: 'gatelab', title: 'gatelab', tuned: true, everywhere: true, launch: nodeLaunch(script, threads) };
}

/** @param python of the environment that `preparePeer` made; unused for a peer in Node */
export function peerEntrants(peer: PeerName, threads: number, python: string): Entrant[] {
  if (peer === 'tfjs-layers') {
    return [{ id: 'tfjs-layers', title: 'tf.layers', tuned: false, everywhere: false, launch: nodeLaunch(join(peersFolder, 'tf-layers.ts'), threads) }];
  }
  if (peer === 'keras') {
    return [{ id: 'keras', title: 'Keras', tuned: false, everywhere: true, launch: pythonLaunch(python, 'keras_tensorflow.py', threads) }];
  }
  const common = { everywhere: true, launch: pythonLaunch(python, 'pytorch.py', threads) };
  return [{ id: 'pytorch', title: 'PyTorch', tuned: false, ...common }, { id: 'pytorch-tuned', title: 'PyTorch, at its best', tuned: true, ...common }];
}
