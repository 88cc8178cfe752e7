import { type DataConfig } from '../../src/data/settings.ts';
import { experimentSchema } from '../../src/experiment-schema.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import type { Corpus, Label, Review } from '../../src/data/review.ts';
import { computeOffsets } from '../../src/text/encode.ts';
import { sentiments } from '../../src/data/review.ts';

export type LabelledText = readonly [text: string, label: Label];

function toReviews(part: string, texts: readonly LabelledText[]): Review[] {
  return texts.map(([text, label], index) => ({ id: `${part}/${index}`, text, label }));
}

export function corpusOf(train: readonly LabelledText[], test: readonly LabelledText[] = []): Corpus {
  return { classes: sentiments, train: toReviews('train', train), validation: [], test: toReviews('test', test), notes: [] };
}

/** `count` different texts of one to seven words, the labels in turn. */
export function numberedTexts(count: number): LabelledText[] {
  return Array.from({ length: count }, (_, i) => [`text${i} ${'and so on '.repeat(i % 3)}`, i % 2 === 0 ? 0 : 1]);
}

export function dataConfig(settings: Partial<DataConfig> = {}): DataConfig {
  return experimentSchema.parse({ data: settings }).data;
}

/** A part with the given rows of token ids, the labels in turn. */
export function encodedPart(rows: readonly (readonly number[])[], vocabularySize: number): EncodedPart {
  return {
    tokenIds: Int32Array.from(rows.flat()),
    offsets: computeOffsets(rows.map((row) => row.length)),
    labels: Uint8Array.from(rows, (_, row) => row % 2),
    ids: rows.map((_, row) => `review ${row}`),
    vocabularySize, unknownTokens: 0, truncatedReviews: 0,
  };
}
