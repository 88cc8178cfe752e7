import { describe, expect, it } from 'vitest';
import { createDataset } from '../../src/data/dataset.ts';
import { countSeenInTraining, findDataWarnings, shareOfUnknown } from '../../src/data/findings.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { ignoreProgress } from '../../src/progress.ts';
import { corpusOf, dataConfig, numberedTexts, type LabelledText } from './corpus-fixture.ts';

/** Sentences of a few common words, as text without spaces is: no two alike, each word in many. */
const words = ['电影', '非常', '好看', '难看', '故事', '演员', '我们', '喜欢', '没有', '时间', '音乐', '导演'];
function sentences(first: number, count: number): LabelledText[] {
  return Array.from({ length: count }, (_, i) => {
    const at = first + i;
    return [`${[1, 5, 7, 11].map((step) => words[(at * step + Math.floor(at / 12)) % words.length] ?? '').join('')}${at}。`, at % 2 === 0 ? 0 : 1];
  });
}

describe('what is wrong with reviews as they are read', () => {
  it('is that text without spaces is taken for one word a phrase, and unknown in the test part', async () => {
    const corpus = corpusOf(sentences(0, 60), sentences(60, 40));
    const dataset = createDataset(await tokenizeCorpus(corpus), dataConfig());
    expect(shareOfUnknown(dataset.train)).toBe(0);
    expect(findDataWarnings(dataset, 'words')).toEqual([
      expect.stringMatching(/^most of the text is written without spaces .*--set data\.tokenizer=segments$/),
      expect.stringMatching(/^50\.0 % of the tokens of the test reviews are unknown/),
    ]);
    const segmented = createDataset(await tokenizeCorpus(corpus, ignoreProgress, 'segments'), dataConfig({ tokenizer: 'segments' }));
    expect(shareOfUnknown(segmented.test)).toBeLessThan(0.3);
    expect(findDataWarnings(segmented, 'segments')).toEqual([]);
  });

  it('is nothing of ordinary text, a foreign word in it or not', async () => {
    const texts = numberedTexts(60).map(([text, label]): LabelledText => [`${text} 七人の侍`, label]);
    expect(findDataWarnings(createDataset(await tokenizeCorpus(corpusOf(texts, texts)), dataConfig()), 'words')).toEqual([]);
  });
});

it('test reviews that training has too are counted by their tokens', async () => {
  const corpus = corpusOf([['Good film.', 1], ['Bad', 0], ['', 0]], [['good  film .', 0], ['bad film', 0], ['', 1], ['Bad', 0], ['Bad', 0]]);
  expect(countSeenInTraining(await tokenizeCorpus(corpus))).toBe(4);
});
