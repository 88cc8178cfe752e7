import { createHash } from 'node:crypto';
import { createRandomStream, shuffled, type RandomStream } from '../random.ts';
import type { Corpus, CorpusSource, Label, Review } from './review.ts';
import { createClause, createContrast, createFiller, writeSentence } from './sample-grammar.ts';

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

/** The sentences that decide the label: clauses of its side only, or a contrast that concedes something to the other side and outweighs it. */
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
  return { train: createPart('train'), test: createPart('test'), notes: [] };
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
