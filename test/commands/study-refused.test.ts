import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';

const set = 'set: {data.source: sample, model.layers: 1, training.epochs: 1}';
const own = `question: q\n${set.replace('sample', 'file')}\nbase: gru.yaml\n`;

/** What a study's file gets to hear, and that nothing but the cache of tokens is written. */
async function refuse(text: string, ...args: string[]): Promise<string[]> {
  const cwd = createWorkFolder();
  writeFileSync(join(cwd, 'own.yaml'), text);
  writeFileSync(join(cwd, 'few.csv'), `review,sentiment,part\n${Array.from({ length: 12 }, (_, row) => `text ${row},${row % 2},${row < 8 ? 'train' : 'test'}\n`).join('')}`);
  const { status, stdout, stderr } = await callCli(cwd, 'study', '--config', 'own.yaml', ...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(readdirSync(cwd).filter((name) => name !== 'data').sort()).toEqual(['few.csv', 'own.yaml']);
  return stderr.trimEnd().split('\n');
}

const changes = `question: q
${set}
grid: {config: [gru.yaml, lstm.yaml, transformer.yaml]}
changes:
  layered rates: {training.learningRates: ["embedding.*=1e-3"]}
  recurrent rate: {training.learningRates: ["rnn.*=1e-3"]}
  forget bias: {model.forgetBias: 1}
`;

it.each([[['--dry-run']], [[]]])('tells all that is wrong with a study\'s configs before the first training: %j', async (args) => {
  const lines = await refuse(changes, ...args);
  expect(lines).toEqual([
    'gatelab: own.yaml:5: gru.yaml, layered rates; lstm.yaml, layered rates: training.learningRates: no parameter is called embedding.*; '
      + 'there are embed.weight, rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, rnn.bias_hh_l0, fc.weight, fc.bias',
    expect.stringMatching(/^gatelab: own\.yaml:7: gru\.yaml, forget bias: model\.forgetBias needs a cell with a forget gate/),
    expect.stringMatching(/^gatelab: own\.yaml:5: transformer\.yaml, layered rates: .* no parameter is called embedding\.\*; there are embed\.weight/),
    expect.stringMatching(/^gatelab: own\.yaml:6: transformer\.yaml, recurrent rate: .* no parameter is called rnn\.\*; .* and \d+ more$/),
  ]);
});

it.each<[string, string, string[], RegExp]>([
  ['a pattern in a search', `question: q\n${set}\nbase: gru\nsearch:\n  trials: 3\n  space:\n    training.learningRate: [1, 2]\n`
    + '    model.cell: [gru, lstm]\n', ['--set', 'training.learningRates=["head=1"]'], /^gatelab: own\.yaml: .*no parameter is called head/],
  ['more reviews than there are', `question: q\n${set}\nbase: gru\ngrid: {data.limit: [100, 6000], model.cell: [gru, rnn]}\n`, ['--dry-run'],
    /^gatelab: own\.yaml:4: gru-limit6000-cellgru; gru-limit6000-cellrnn: data\.limit: 6000 wants 3000 .* choose at most 2000/],
  ['a cue that would be cut', `question: q\n${set.replace('sample', 'recall')}\nbase: gru\ngrid:\n  data.maxLength: [300, 20]\n`, ['--dry-run'],
    /^gatelab: own\.yaml:5: 20: data\.distance: 20 makes texts of up to \d+ tokens/],
  ['no data', `${own}seeds: [1, 2]\n`, ['--dry-run'], /^gatelab: data\.source is file: name the file with --data/],
  ['a file that is not there', `${own}seeds: [1, 2]\n`, ['--dry-run', '--data', 'none.csv'], /^gatelab: none\.csv: no such file/],
  ['a column that is not there', `${own}grid: {data.labelColumn: [sentiment, stars]}\n`, ['--dry-run', '--data', 'few.csv'],
    /^gatelab: few\.csv, line 1: holds .*, and no column "stars"/],
  ['a search whose data holds nothing out', `question: q\n${set.replace('sample', 'file').replace('{', '{data.splitColumn: part, data.validationFraction: 0, ')}\n`
    + 'base: gru\nsearch: {trials: 2, space: {model.hiddenSize: [2, 3]}}\n', ['--dry-run', '--data', 'few.csv'], /^gatelab: own\.yaml: a search judges by validation, and these reviews have no such part$/],
  ['a picture that has no place', `question: q\n${set}\nbase: gru\nseeds: [1, 2]\n`, ['--out', 'none/a.svg'],
    /^gatelab: --out none\/a\.svg: there is no folder none; make it first$/],
])('refuses %s in one line', async (_, text, args, line) => {
  const notes = 'gatelab: few.csv: '; // what was guessed of a table
  const lines = (await refuse(text, ...args)).filter((one) => !one.startsWith(notes));
  expect(lines).toEqual([expect.stringMatching(line)]);
});
