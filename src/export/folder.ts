import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { encodeSafetensors } from '../experiment/safetensors.ts';
import { isNeural } from '../experiment-schema.ts';
import type { Classifier, StoredModel } from '../experiment/load-model.ts';
import { displayPath } from '../files/paths.ts';
import { writeSealedFolder } from '../files/sealed-folder.ts';
import type { FileContents } from '../files/sealed-folder.ts';
import { makeFolders } from '../files/write.ts';
import { encodeTexts } from '../text/encode.ts';
import { describeTokenizer, tokenizerRules, tokenizers } from '../text/tokenizer.ts';
import { renderCard } from './card.ts';
import type { CardFacts } from './card.ts';
import { goldenTexts } from './golden-texts.ts';
import type { Precision } from './onnx/graph.ts';
import { exportOnnx } from './onnx/model.ts';

/** A model as its description needs it. */
export type DescribedModel = Pick<Classifier, 'config' | 'classes' | 'vocabulary'>;

/** `model.json`, which says all that a program needs besides the weights. */
export interface Sidecar {
  readonly format: 1;
  readonly producer: string;
  readonly model: string;
  /** [classes] in the order of the outputs. */
  readonly classes: readonly string[];
  readonly maxLength: number;
  /** Which end of a longer text is cut. */
  readonly truncate: 'start' | 'end';
  readonly precision: Precision;
  /** What logits are divided by before the softmax that gives `probabilities`; null where they are not calibrated. */
  readonly temperature: number | null;
  readonly tokenizer: { readonly name: string } & typeof tokenizerRules;
  /** Of a model that torch.nn has as a whole; else null. */
  readonly torch: TorchSizes | null;
}

interface TorchSizes {
  readonly cell: string;
  readonly vocabulary: number;
  readonly classes: number;
  readonly embedding: number;
  readonly hidden: number;
  readonly layers: number;
  readonly bidirectional: boolean;
}

/** Cells of torch.nn, by its names of them. */
const torchCells: Readonly<Record<string, string>> = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };

function describeForTorch({ config, vocabulary, classes }: DescribedModel): TorchSizes | null {
  if (!isNeural(config)) return null;
  const { model } = config;
  const cell = model.type === 'recurrent' ? torchCells[model.cell] : undefined;
  if (model.type !== 'recurrent' || cell === undefined || model.pooling !== 'last' || model.padTo !== null) return null;
  if (model.weightNorm || model.tiedWeights) return null; // their matrices have other names
  const { embeddingSize: embedding, hiddenSize: hidden, layers, bidirectional } = model;
  return { cell, vocabulary: vocabulary.size, classes: classes.length, embedding, hidden, layers, bidirectional };
}

export function describeExport(model: DescribedModel, facts: CardFacts): Sidecar {
  const { classes, config: { data: { tokenizer, maxLength, truncate } } } = model;
  return {
    format: 1, producer: `gatelab ${facts.version}`, model: facts.model, classes, maxLength, truncate, precision: facts.precision,
    temperature: facts.calibration?.temperature ?? null,
    tokenizer: { name: describeTokenizer(tokenizer), ...tokenizerRules }, torch: describeForTorch(model),
  };
}

/** Texts with their tokens and ids, for tokenizers written elsewhere. */
function goldenCases({ vocabulary, config: { data } }: DescribedModel): object[] {
  const { tokenIds, offsets } = encodeTexts(goldenTexts, vocabulary, data);
  const { tokenize } = tokenizers[data.tokenizer];
  return goldenTexts.map((text, k) => ({ text, tokens: tokenize(text), ids: [...tokenIds.subarray(offsets[k], offsets[k + 1])] }));
}

/** A script that goes into the folder as it is. */
function readScript(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8');
}

/** What every format has besides its weights. */
function sharedFiles(model: DescribedModel, facts: CardFacts): [string, string[]][] {
  const json = (value: unknown): string[] => [`${JSON.stringify(value, null, 2)}\n`];
  return [
    ['model.json', json(describeExport(model, facts))], ['vocabulary.txt', model.vocabulary.words.map((word) => `${word}\n`)],
    ['tokenizer-cases.json', json(goldenCases(model))], ['README.md', [renderCard(model, facts)]],
  ];
}

/** The file `model.onnx`. @throws UserError for a model that ONNX has no operators of */
export function createOnnxFile(model: Classifier, facts: CardFacts): Uint8Array {
  const metadata = Object.fromEntries(Object.entries(describeExport(model, facts)).map(([key, value]) =>
    [key, typeof value === 'string' ? value : JSON.stringify(value)]));
  return exportOnnx(model, facts.precision, facts.version, metadata);
}

/** The files of an ONNX export. @param file `model.onnx` */
export function onnxFiles(file: Uint8Array, model: DescribedModel, facts: CardFacts): FileContents {
  const hasWords = model.config.data.tokenizer === 'words'; // what Python's script knows how to do
  return new Map<string, readonly (string | Uint8Array)[]>([
    ['model.onnx', [file]], ...sharedFiles(model, facts), ...(hasWords ? [['predict.py', [readScript('predict.py')]] as const] : []),
  ]);
}

/** The files of a safetensors export. */
export function safetensorsFiles(model: StoredModel, facts: CardFacts): FileContents {
  const { weights } = model;
  return new Map<string, readonly (string | Uint8Array)[]>([
    ['model.safetensors', encodeSafetensors(weights, { producer: `gatelab ${facts.version}` })], ...sharedFiles(model, facts),
    ['load.py', [readScript('load.py')]],
  ]);
}

/**
 * Refuses a place that holds anything but an earlier export, before anything is computed.
 * @throws UserError
 */
export function checkPlace(out: string): void {
  if (!existsSync(out)) return;
  let names: string[] = [];
  try {
    names = readdirSync(out);
  } catch {
    throw new UserError(`--out ${displayPath(out)}: is no folder; name one that does not exist yet`);
  }
  if (names.length === 0 || (names.includes('manifest.json') && names.includes('model.json'))) return;
  throw new UserError(`--out ${displayPath(out)}: already exists and is no export; name a folder that does not exist yet`);
}

/** Writes the folder whole or not at all; an earlier export in its place goes. @throws UserError */
export function writeExport(out: string, contents: FileContents): void {
  const path = resolve(out);
  makeFolders(join(path, '..'));
  writeSealedFolder(path, `${path}.building`, contents);
}
