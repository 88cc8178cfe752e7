import { describe, expect, it } from 'vitest';

import { experimentSchema } from '../../src/experiment-schema.ts';
import { renderCard } from '../../src/export/card.ts';
import type { CardFacts } from '../../src/export/card.ts';
import { renderMarkdownCode } from '../../src/files/escape.ts';
import { createVocabulary } from '../../src/text/vocabulary.ts';

const facts: CardFacts = {
  version: '1.2.3', model: 'GRU, 1 layer', parameters: 1234, epochs: 3, precision: 'float32', run: null, calibration: null, accuracy: null,
};
const cardOf = (classes: readonly string[], more: Partial<CardFacts> = {}): string =>
  renderCard({ classes, config: experimentSchema.parse({}), vocabulary: createVocabulary(['<pad>', '<unk>', 'good']) }, { ...facts, ...more });

describe('a model card', () => {
  it('has a table of facts and the names of the classes as code', () => {
    const card = cardOf(['negative', 'positive']);
    expect(card).toContain('A classifier of texts into `negative`, `positive`, exported by gatelab 1.2.3.\n');
    expect(card).toMatch(/\n\| *\| *\|\n\| -+ \| -+ \|\n\| trained on \| not recorded beside the checkpoint \|\n/);
    expect(card).toContain('| parameters | 1,234, stored in 32 bits |\n');
  });

  it.each<[string, string, string]>([
    ['backticks', 'a `b` c', '``a `b` c``'],
    ['backticks at an end', '``', '``` `` ```'],
    ['a vertical bar', 'a|b', '`a|b`'],
    ['line ends', 'a\r\n\n# b', '`a\\u000d\\u000a\\u000a# b`'],
    ['markup', '</code><script>alert(1)</script> **b** [c](d)', '`</code><script>alert(1)</script> **b** [c](d)`'],
    ['nothing', '', '`  `'],
    ['direction marks', 'a\u202eb', '`a\\u202eb`'],
  ])('keeps a class with %s within its code', (_, name, code) => {
    expect(renderMarkdownCode(name)).toBe(code);
    const card = cardOf([name, 'other']), plain = cardOf(['x', 'other']);
    expect(card).toBe(plain.replace('`x`', code));
  });

  it('keeps its heading on one line', () => {
    expect(cardOf(['a', 'b'], { model: 'a\n|b <i>' }).split('\n')[0]).toBe('# a\\\\u000a\\|b &lt;i&gt;');
  });
});
