import { createHash } from 'node:crypto';
import { z } from 'zod';
import { neuralSchema } from '../experiment-schema.ts';
import { TOKENIZER_VERSION } from '../text/tokenizer.ts';
import { sentiments } from '../data/review.ts';
import { UserError } from '../errors.ts';
import { buildModel } from '../models/build.ts';
import type { ParameterSpec } from '../models/parameters.ts';
import { slotNames } from '../training/optimizer.ts';
import { createUpdateChain } from '../training/settings.ts';
import { trainingPositionSchema } from '../training/epoch.ts';
import { classNames, nameNonFinite, storedEpochSchema } from './records.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import type { StoredTensors } from './safetensors.ts';
import type { FileContents } from '../files/sealed-folder.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * state.json: what a run is besides its tensors and words. Randomness is counter-based (src/random.ts): the config's seed, the
 * position and the updates name every number still to be drawn, so there is no generator state to keep.
 */
export const checkpointStateSchema = z.strictObject({
  format: z.literal(1),
  position: trainingPositionSchema,
  /** Of the optimizer; Adam's running products are powers of them. */
  updates: z.int().min(0),
  /** The epochs completed. */
  history: z.array(storedEpochSchema).readonly(),
  peakTensorBytes: z.int().min(0),
  config: neuralSchema,
  vocabulary: z.strictObject({ size: z.int().min(2), sha256 }),
  dataset: z.strictObject({
    fingerprint: z.string(), tokenizerVersion: z.int(),
    /** The name of each label; an older checkpoint records none, and has IMDB's. */
    classes: classNames.prefault([...sentiments]),
  }),
});
export type CheckpointState = Readonly<z.infer<typeof checkpointStateSchema>>;

/** A checkpoint in memory. */
export interface Checkpoint {
  readonly state: CheckpointState;
  /** [vocabulary size] the word of each token id. */
  readonly words: readonly string[];
  /** By torch.nn's names. */
  readonly weights: StoredTensors;
  /** What the update rules keep, under `slotTensor`'s names; null in a checkpoint that only predicts. */
  readonly slots: StoredTensors | null;
}

const files = { state: 'state.json', words: 'vocabulary.json', weights: 'weights.safetensors', slots: 'optimizer.safetensors' } as const;

/** Where a tensor of a rule's slot lies: `fc.weight.exp_avg`, as in the state of torch.optim.Adam. */
export function slotTensor(parameter: string, slot: string): string {
  return `${parameter}.${slot}`;
}

/** What a run's own vocabulary and reviews are recognised by. */
export function describeData(
  words: readonly string[], fingerprint: string, classes: readonly string[],
): Pick<CheckpointState, 'vocabulary' | 'dataset'> {
  return {
    vocabulary: { size: words.length, sha256: createHash('sha256').update(JSON.stringify(words)).digest('hex') },
    dataset: { fingerprint, tokenizerVersion: TOKENIZER_VERSION, classes },
  };
}

/** The files of a checkpoint's folder. */
export function encodeCheckpoint({ state, words, weights, slots }: Checkpoint): FileContents {
  const metadata = { updates: String(state.updates) };
  return new Map<string, (string | Uint8Array)[]>([
    [files.weights, encodeSafetensors(weights, metadata)],
    ...(slots === null ? [] : [[files.slots, encodeSafetensors(slots, metadata)] as const]),
    [files.words, [`${JSON.stringify(words)}\n`]],
    [files.state, [`${JSON.stringify(state, nameNonFinite, 1)}\n`]],
  ]);
}

/**
 * The inverse, which takes nothing on trust.
 * @throws UserError that says which file is not what it must be, without the folder's name
 */
export function decodeCheckpoint(contents: ReadonlyMap<string, Buffer>): Checkpoint {
  const state = parseFile(contents, files.state, checkpointStateSchema);
  const words = parseFile(contents, files.words, z.array(z.string()));
  checkHistory(state);
  if (describeData(words, '', []).vocabulary.sha256 !== state.vocabulary.sha256)
    throw new UserError(`${files.words} is not that of ${files.state}`);
  const specs = buildModel(state.config.model, words.length, state.dataset.classes.length).parameters;
  const slots = slotNames(createUpdateChain(state.config.training));
  const slotSpecs = slots.flatMap((slot) => specs.map(({ name, shape }) => ({ name: slotTensor(name, slot), shape })));
  return {
    state, words,
    weights: decodeTensors(contents, files.weights, specs),
    slots: contents.has(files.slots) ? decodeTensors(contents, files.slots, slotSpecs) : null,
  };
}

function checkHistory({ history, position }: CheckpointState): void {
  const isWhole = history.length === position.epoch - 1 && history.every(({ epoch }, i) => epoch === i + 1);
  if (!isWhole) throw new UserError(`${files.state} does not hold the epochs before its position`);
}

function getFile(contents: ReadonlyMap<string, Buffer>, name: string): Buffer {
  const bytes = contents.get(name);
  if (bytes === undefined) throw new UserError(`${name} is missing`);
  return bytes;
}

function parseFile<Schema extends z.ZodType>(contents: ReadonlyMap<string, Buffer>, name: string, schema: Schema): z.output<Schema> {
  const text = getFile(contents, name).toString();
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${name} is not as this version of gatelab writes it`);
  }
}

function decodeTensors(
  contents: ReadonlyMap<string, Buffer>,
  name: string,
  specs: readonly Pick<ParameterSpec, 'name' | 'shape'>[],
): StoredTensors {
  const { tensors } = decodeNamed(name, getFile(contents, name));
  const odd = specs.find((spec) => tensors.get(spec.name)?.shape.join() !== spec.shape.join());
  if (odd !== undefined || tensors.size !== specs.length)
    throw new UserError(`${name} does not hold the model's ${odd?.name ?? 'parameters'}`);
  return tensors;
}

function decodeNamed(name: string, bytes: Buffer): ReturnType<typeof decodeSafetensors<'F32'>> {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${name} ${error.message}`);
    throw error;
  }
}
