import { createHash } from 'node:crypto';

import { UserError } from '../errors.ts';
import { createRandomStream, shuffled } from '../random.ts';
import type { DataConfig } from './settings.ts';
import type { Corpus, CorpusSource, Review } from './review.ts';

/**
 * The memory task: one of two cue words, then exactly `distance` other tokens to the end of the text. The cue decides the label, and
 * nothing else does. Whoever reads from left to right and answers after the last token must carry one bit over `distance` steps, as in
 * the latch problem of Bengio, Simard and Frasconi (1994, section II): guessing is right half of the time, a perfect memory always.
 *
 * The tokens before the cue, 0 to 9 of them, give it no fixed place from the start. The other words and the number of tokens are drawn
 * without a look at the label, so neither says anything of it. The cue is in the text, though, so a model without order
 * (a bag of words, a mean over the states) or one that also reads from the end answers without any memory.
 */
const cues = ['left', 'right'] as const;
const distractors = [
  'air', 'bark', 'bell', 'boat', 'book', 'bread', 'bridge', 'brook', 'chair', 'clay', 'cloth', 'cloud', 'coal', 'corn', 'cup', 'desk',
  'dew', 'door', 'dust', 'fern', 'field', 'fire', 'floor', 'fog', 'gate', 'glass', 'grain', 'grass', 'hall', 'hill', 'ice', 'ink',
  'iron', 'lake', 'lamp', 'leaf', 'loaf', 'milk', 'moon', 'moss', 'oak', 'path', 'pine', 'pond', 'rain', 'road', 'rock', 'roof',
  'rope', 'salt', 'sand', 'seed', 'shell', 'ship', 'snow', 'star', 'stone', 'table', 'tide', 'tree', 'wall', 'wave', 'wind', 'wood',
] as const;

/** Raise it whenever another text or label is made: tokens are kept by it. */
const VERSION = 1;
/** Not the seed of a training, so that every run of a distance has the same texts. */
const SEED = 0;
const PARTS = { train: { index: 100, count: 10_000 }, test: { index: 101, count: 10_000 } } as const;
const MAX_LEADING = 9;

function createText(cue: string, distance: number, name: { index: number; subindex: number }): string {
  const random = createRandomStream({ seed: SEED, purpose: 'sample', ...name });
  const leading = random.below(MAX_LEADING + 1);
  const words = Array.from({ length: leading + distance }, () => distractors[random.below(distractors.length)] ?? '');
  return [...words.slice(0, leading), cue, ...words.slice(leading)].join(' ');
}

function createPart(part: keyof typeof PARTS, distance: number): Review[] {
  const { index, count } = PARTS[part];
  const labels = shuffled(Array.from({ length: count }, (_, i) => i % 2), { seed: SEED, purpose: 'sample', index });
  return labels.map((label, i) => {
    const text = createText(cues[label] ?? '', distance, { index, subindex: i + 1 });
    return { id: `recall/${part}/${i}`, text, label };
  });
}

/**
 * 10,000 texts for training and 10,000 for test, half of each with either cue: the same on every machine.
 * @param distance tokens after the cue, ≥ 0
 */
export function createRecallCorpus(distance: number): Corpus {
  return { classes: cues, train: createPart('train', distance), validation: [], test: createPart('test', distance), notes: [] };
}

type RecallSettings = Pick<DataConfig, 'distance' | 'maxLength'>;

/** Says so where texts would be cut, which would move or lose the cue; null where none would. */
export function findRecallProblem({ distance, maxLength }: RecallSettings): string | null {
  const longest = MAX_LEADING + 1 + distance;
  if (longest <= maxLength) return null;
  return `data.distance: ${distance} makes texts of up to ${longest} tokens, and data.maxLength: ${maxLength} would `
    + `cut them; set data.maxLength=${longest} or more, or a shorter distance`;
}

/** @throws UserError where texts would be cut */
export function createRecallSource({ distance, maxLength }: RecallSettings): CorpusSource {
  const problem = findRecallProblem({ distance, maxLength });
  if (problem !== null) throw new UserError(problem);
  return {
    kind: 'recall',
    synthetic: true,
    location: `built-in memory task, the cue ${distance} tokens before the end`,
    sourceHash: () => Promise.resolve(createHash('sha256').update(`recall ${VERSION} ${distance}`).digest('hex')),
    load: () => Promise.resolve(createRecallCorpus(distance)),
  };
}
