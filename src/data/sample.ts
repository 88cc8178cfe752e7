import { createHash } from 'node:crypto';

import { createRandomStream, shuffled } from '../random.ts';
import type { RandomStream } from '../random.ts';
import { sentiments } from './review.ts';
import type { Label, Corpus, CorpusSource, Review } from './review.ts';

/**
 * The grammar of the synthetic reviews. A clause holds one cue word and takes the side of that cue, or the other side
 * when it is negated; a contrast sets a clause of either side against each other, and its main clause decides.
 * Fillers take no side, though they use the same negations and conjunctions, so that these words alone say nothing.
 */
type Slot = 'noun' | 'job' | 'place' | 'thing' | 'time' | 'kin' | 'number';

const words: Record<Slot, readonly string[]> = {
  noun: ['film', 'story', 'script', 'cast', 'music', 'ending', 'dialogue', 'camera work', 'opening', 'pacing', 'plot', 'humour',
    'main character', 'second half'],
  job: ['teacher', 'pilot', 'baker', 'nurse', 'clerk', 'painter', 'sailor', 'farmer', 'singer', 'lawyer', 'driver', 'doctor'],
  place: ['the harbour', 'a small town', 'the mountains', 'the city', 'an old hotel', 'the coast', 'a railway station',
    'the desert', 'a village', 'the north'],
  thing: ['letter', 'key', 'map', 'suitcase', 'photograph', 'ring', 'ticket', 'radio', 'coat', 'notebook'],
  time: ['in winter', 'at night', 'one summer', 'after the war', 'on a monday', 'before dawn', 'years later', 'in the rain'],
  kin: ['brother', 'sister', 'father', 'mother', 'neighbour', 'cousin'],
  number: ['eighty', 'ninety', 'a hundred', 'two hundred'],
};

/** Words that take a side, by label. */
const cues: Record<Label, readonly string[]> = {
  0: ['dull', 'boring', 'clumsy', 'flat', 'tedious', 'weak', 'empty', 'silly', 'lifeless', 'messy', 'stale', 'cold', 'shallow',
    'noisy', 'tiresome', 'awful', 'bland', 'annoying', 'dreary', 'pointless'],
  1: ['brilliant', 'moving', 'funny', 'charming', 'gripping', 'fresh', 'tender', 'clever', 'warm', 'lively', 'honest', 'stunning',
    'witty', 'graceful', 'rich', 'memorable', 'thrilling', 'delightful', 'superb', 'touching'],
};

const plainClauses = [
  'the {noun} is {cue}', 'i found the {noun} {cue}', 'this is a {cue} film', 'to me the {noun} felt {cue}', 'it has a {cue} {noun}',
  'the {noun} stays {cue} from start to finish', 'my {kin} thought the {noun} was {cue}', 'the {noun} turns out to be quite {cue}',
];

const negatedClauses = [
  'the {noun} is not {cue}', 'this is not a {cue} film', 'the {noun} is never {cue}', 'i would not call the {noun} {cue}',
  'there is nothing {cue} about the {noun}', 'nobody could call the {noun} {cue}', 'the {noun} is hardly {cue}',
  'the {noun} is never once {cue}',
];

/** `{main}` decides, `{other}` is conceded. */
const contrasts = [
  '{other} at first, but {main}', '{other}, but {main}', '{other}. However, {main}', '{other}. In the end, though, {main}',
  'although {other}, {main}', '{main}, although {other}', '{main}, even though {other}', 'even if {other}, {main}',
];

const fillers = [
  'a {job} travels to {place} {time}', 'the {job} finds a {thing} near {place}', 'we follow a {job} and a {job} through {place}',
  'it was filmed in {place} {time}', 'i saw it {time} with my {kin}', 'the {job} gives the {thing} to the {job}',
  'most scenes take place in {place}', 'it runs for about {number} minutes', 'then the {job} sells the {thing} and leaves {place}',
  'the {job} does not find the {thing} {time}', 'nobody in {place} knows the {job}', 'my {kin} asked about the {thing} on the way home',
  'the {job} looks for the {thing}, but the {job} has it', 'although the {job} has the {thing}, it is never used',
  'there is nothing in the {thing} however long the {job} looks',
];

export function pick<Item>(random: RandomStream, items: readonly Item[]): Item {
  return items[random.below(items.length)] as Item;
}

function expand(template: string, random: RandomStream, cue = ''): string {
  return template
    .replace(/\{(\w+)\}/g, (_, slot: string) => (slot === 'cue' ? cue : pick(random, words[slot as Slot])))
    .replace(/\ba (?=[aeiou])/g, 'an ');
}

/** A clause on the side of `label`: by a cue of that side, or by a negated cue of the other. */
export function createClause(random: RandomStream, label: Label, negated: boolean): string {
  const cue = pick(random, cues[negated ? ((1 - label) as Label) : label]);
  return expand(pick(random, negated ? negatedClauses : plainClauses), random, cue);
}

export function createContrast(random: RandomStream, main: string, other: string): string {
  return pick(random, contrasts).replace('{main}', main).replace('{other}', other);
}

export function createFiller(random: RandomStream): string {
  return expand(pick(random, fillers), random);
}

/** Capital letters after full stops and for “I”, and a full stop at the end. */
export function writeSentence(clause: string): string {
  return `${clause}.`.replace(/(^|\. )([a-z])/g, (_, before: string, first: string) => before + first.toUpperCase())
    .replace(/\bi\b/g, 'I');
}

const SEED = 0;
const PARTS = { train: { index: 0, count: 2000 }, test: { index: 1, count: 1000 } } as const;
const MIN_WORDS = 20;
/** Filling stops here, so that the longest filler still ends below 120 words. */
const MAX_TARGET_WORDS = 106;

/** Set so that word counts alone reach about 80 %: docs/decisions/0004-data.md. */
const NEGATED_SHARE = 0.12;
const CONTRAST_SHARE = 0.3;
const FILLER_AFTER_SHARE = 0.5;

function createSideClause(random: RandomStream, label: Label): string {
  return createClause(random, label, random.uniform() < NEGATED_SHARE);
}

/**
 * The sentences that decide the label: clauses of its side only, or a contrast that concedes something to the other side and outweighs
 * it.
 */
function createVerdict(random: RandomStream, label: Label): string[] {
  const other = (1 - label) as Label;
  if (random.uniform() >= CONTRAST_SHARE) {
    return Array.from({ length: 2 + random.below(4) }, () => createSideClause(random, label));
  }
  const conceded = Array.from({ length: random.below(3) }, () => createSideClause(random, other));
  const contrast = createContrast(random, createSideClause(random, label), createSideClause(random, other));
  const upheld = Array.from({ length: random.below(3) }, () => createSideClause(random, label));
  return [...conceded, contrast, ...upheld];
}

function countWords(sentence: string): number {
  return sentence.split(' ').length;
}

function createText(random: RandomStream, label: Label): string {
  const sentences = createVerdict(random, label);
  const target = MIN_WORDS + random.below(MAX_TARGET_WORDS - MIN_WORDS + 1);
  let words = countWords(sentences.join(' '));
  while (words < target) {
    const filler = createFiller(random);
    const at = random.uniform() < FILLER_AFTER_SHARE ? sentences.length : random.below(sentences.length + 1);
    sentences.splice(at, 0, filler);
    words += countWords(filler);
  }
  return sentences.map(writeSentence).join(' ');
}

function createPart(part: keyof typeof PARTS): Review[] {
  const { index, count } = PARTS[part];
  const labels = shuffled(Array.from({ length: count }, (_, i) => (i % 2) as Label), { seed: SEED, purpose: 'sample', index });
  return labels.map((label, i) => {
    const random = createRandomStream({ seed: SEED, purpose: 'sample', index, subindex: i + 1 });
    return { id: `sample/${part}/${i}`, text: createText(random, label), label };
  });
}

/** 2,000 reviews for training and 1,000 for test, half of each positive: the same on every machine. */
export function createSampleCorpus(): Corpus {
  return { classes: sentiments, train: createPart('train'), validation: [], test: createPart('test'), notes: [] };
}

function hashCorpus(corpus: Corpus): string {
  const hash = createHash('sha256');
  for (const { id, label, text } of [...corpus.train, ...corpus.test]) hash.update(`${id} ${label} ${text}\n`);
  return hash.digest('hex');
}

export function createSampleSource(): CorpusSource {
  return {
    kind: 'sample',
    synthetic: true,
    location: 'built-in synthetic sample',
    sourceHash: () => Promise.resolve(hashCorpus(createSampleCorpus())),
    load: () => Promise.resolve(createSampleCorpus()),
  };
}
