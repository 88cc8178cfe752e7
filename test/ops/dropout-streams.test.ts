import { expect, it } from 'vitest';
import { dropoutStream } from '../../src/ops/dropout.ts';

it.each([
  ['embed', 0],
  ['rnn.l0', 1],
  ['rnn.l30', 31],
  ['fc', 1000],
])('%s draws from the stream that it had before places had names', (place, stream) => {
  expect(dropoutStream(place)).toBe(stream);
});

it('gives any other name a stream of its own, apart from those', () => {
  const streams = ['attention', 'rnn.l0.h', 'embed.words', 'block.0.ff', 'rnn.l100'].map(dropoutStream);
  expect(new Set(streams).size).toBe(streams.length);
  for (const stream of streams) expect(stream).toBeGreaterThanOrEqual(2 ** 31);
});
