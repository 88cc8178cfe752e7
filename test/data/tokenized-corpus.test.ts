import { describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../src/progress.ts';
import { tokenizeCorpus, type TokenizedPart } from '../../src/data/tokenized-corpus.ts';
import { tokenize } from '../../src/text/tokenizer.ts';
import { corpusOf, numberedTexts } from './corpus-fixture.ts';

function textsOf(words: readonly string[], part: TokenizedPart): string[][] {
  return part.ids.map((_, row) => Array.from(part.wordIds.subarray(part.offsets[row], part.offsets[row + 1]), (id) => words[id]!));
}

describe('tokenizeCorpus', () => {
  it('lists the words of both parts in order of first appearance', async () => {
    const { words, train, test } = await tokenizeCorpus(corpusOf([['Good, good film', 1], ['bad film', 0]], [['film? No.', 0]]));
    expect(words).toEqual(['good', ',', 'film', 'bad', '?', 'no', '.']);
    expect([...train.wordIds]).toEqual([0, 1, 0, 2, 3, 2]);
    expect([...train.offsets]).toEqual([0, 4, 6]);
    expect([...train.labels]).toEqual([1, 0]);
    expect(train.ids).toEqual(['train/0', 'train/1']);
    expect([...test.wordIds]).toEqual([2, 4, 5, 6]);
  });

  it('keeps every token of every review, and empty reviews', async () => {
    const long = Array.from({ length: 20_000 }, (_, i) => `w${i % 50}`).join(' ');
    const texts = ['', long, '<br />', 'one'];
    const { words, train } = await tokenizeCorpus(corpusOf(texts.map((text) => [text, 0])));
    expect(textsOf(words, train)).toEqual(texts.map(tokenize));
    expect([...train.offsets]).toEqual([0, 0, 20_000, 20_000, 20_001]);
  });

  it('takes an empty corpus', async () => {
    const { words, train, test } = await tokenizeCorpus(corpusOf([]));
    expect(words).toEqual([]);
    expect([...train.offsets, ...test.offsets]).toEqual([0, 0]);
  });

  it('reports progress to the end and lets other events through', async () => {
    const events: ProgressEvent[] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    await tokenizeCorpus(corpusOf(numberedTexts(1200), numberedTexts(300)), (event) => events.push(event));
    clearInterval(timer);
    expect(events.map(({ done }) => done)).toEqual([500, 1000, 1500]);
    expect(events[0]).toEqual({ label: 'Tokenising reviews', done: 500, total: 1500, unit: 'reviews' });
    expect(ticks).toBeGreaterThan(0);
  });
});
