/** Texts that a tokenizer written again elsewhere is tried on: what stands between words, and what looks like something else. */
export const goldenTexts: readonly string[] = [
  'A quiet, moving film.',
  "I didn't like it at all!!! (And I wanted to.)",
  'Two hours;<br /><br />two hours I will not get back…',
  'Tom &amp; Jerry &#8211; “the best” of ‘em: 10/10?',
  'Amélie naïve CAFÉ Straße 1990s',
  'so-so... well_made re-watch, e.g. "rock\'n\'roll"',
  '🎬👍 5★ 这部电影非常好看',
  'ﬁne Ⅳ ½ ×2 a\u0301\u0301 co\u00adoperate',
  '',
  '<p>...</p>',
];
