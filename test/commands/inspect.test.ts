import stringWidth from 'string-width';
import { describe, expect, inject, it } from 'vitest';
import { inspect } from '../../src/commands/inspect.ts';
import type { InspectOptions, Inspection } from '../../src/commands/inspect.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder, runCli } from '../support/cli.ts';

const asked: InspectOptions = {
  config: undefined,
  run: undefined,
  set: [],
  like: undefined,
  type: undefined,
  embeddingSize: 512,
  hiddenSize: 512,
  feedForwardSize: 2048,
  layers: 6,
  vocabularySize: 50_000,
  measure: false,
  json: false,
};

/** The two lines of a layer. */
function linesOf(lines: readonly string[], layer: string): string {
  const at = lines.findIndex((line) => line.startsWith(layer));
  return lines.slice(at, at + 2).join('\n');
}

describe('inspect', () => {
  it('--config counts each layer by formula and exactly, at the config\'s shape', async () => {
    const lines = (await inspect({ ...asked, config: 'gru.yaml' })).split('\n');
    expect(lines[0]).toMatch(/^config {4}.*gru\.yaml: GRU, 20,000 words$/);
    expect(lines[1]).toMatch(/^batch {5}64 × 300 = 19,200 tokens, [45],\d{3} of them distinct/);
    expect(linesOf(lines, 'GRU layer 1')).toMatch(
      /^GRU layer 1 +articles +147,840 +2\.83 G +5\.66 G +46\.9 MiB\n +exact +148,224 +[\d.]+ G /,
    );
    expect(linesOf(lines, 'total')).toMatch(/^total +articles +5,366,528 .*\n +exact +5,367,554 /);
    expect(lines.join('\n')).not.toContain('measured');
  });

  it('names the model with its direction', async () => {
    expect(await inspect({ ...asked, config: 'bilstm.yaml' })).toMatch(/^config {4}.*bilstm\.yaml: BiLSTM, 20,000 words\n/);
  });

  it('gives small counts in full: no figure that is not zero is shown as zero', async () => {
    const text = await inspect({ ...asked, config: 'sample.yaml', set: ['data.maxLength=1', 'training.batchSize=1'] });
    expect(text).not.toMatch(/\b0\.0/);
    expect(linesOf((await inspect({ ...asked, config: 'gru.yaml' })).split('\n'), 'head and loss')).toMatch(
      /\n +exact +258 +16\.4 k +49\.2 k /,
    );
  });

  it.each([
    ['a model', { config: 'gru-printed.yaml', set: ['model.bidirectional=true'] }], ['a Transformer', { config: 'transformer.yaml' }],
    ['the worked examples', { like: 'articles' }],
    ['a type of model', { type: 'transformer-encoder' }],
  ] as const)('fits 80 columns: %s', async (_, asks) => {
    for (const line of (await inspect({ ...asked, ...asks }, 80)).split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(80);
  });

  it('says which parameters and formulas of the printed GRU mean less than they seem to', async () => {
    const text = await inspect({ ...asked, config: 'gru-printed.yaml', set: ['model.bidirectional=true'] });
    expect(text).toMatch(/^printed BiGRU layer 1 +articles +295,680 .*\n +exact +296,448 /m);
    // Two directions of 128·(256 + 128 + 2) in either layer: the second reads both directions of the first.
    expect(text).toContain('printed GRU: 197,632 of the recurrent parameters, a third, are torch.nn\'s rows [2H:], which it never reads');
    expect(await inspect({ ...asked, config: 'gru.yaml' })).not.toContain('never reads');
  });

  it('of a Transformer says what the articles have formulas of, and nothing of recurrent layers', async () => {
    const text = await inspect({ ...asked, config: 'transformer.yaml' });
    expect(text).toMatch(/^Transformer layer 1 +articles +1,313,024 +– +– +–\n +exact +789,760 +18\.0 G /m);
    expect(text).toContain('articles: 4d² + 4·d·ff + ff + 5d parameters a layer (C18)');
    expect(text).not.toMatch(/bias a gate|hidden state/);
  });

  it('--like articles lists their worked examples with verdicts', async () => {
    const text = await inspect({ ...asked, like: 'articles' });
    expect(text).toMatch(/^C2 +parameters of nn\.LSTM\(256, 128\) +197,632 +197,632 +197,632 {2}agrees/m);
    expect(text).toMatch(/^C19 +encoder × 6 with embedding +57,084,928 +57,084,928 +44,514,304 {2}differs/m);
    const narrow = await inspect({ ...asked, like: 'articles' }, 80);
    expect(narrow).toMatch(
      /^C19 {2}encoder × 6 with embedding: differs\n.*\n {5}figure 57,084,928, by formula 57,084,928, exact 44,514,304\n/m,
    );
    expect(narrow.match(/^C\d+ /gm)).toEqual(text.match(/^C\d+ /gm));
  });

  it('--type calculates a model by formula', async () => {
    expect(`\n${await inspect({ ...asked, type: 'transformer-encoder' })}\n`).toMatchInlineSnapshot(`
      "
      transformer-encoder    articles       exact
      embedding            25,600,000  25,600,000
      layers               31,484,928  18,914,304
      total                57,084,928  44,514,304
      "
    `);
  });

  it('prints JSON that says the same', async () => {
    const found = JSON.parse(await inspect({ ...asked, config: 'lstm.yaml', json: true })) as Inspection;
    expect(found.layers.map(({ parameters }) => parameters.exact)).toEqual([5_120_000, 197_632, 132_096, 258]);
    expect(found.measured).toBeNull();
    expect(JSON.parse(await inspect({ ...asked, type: 'gru', layers: 1, json: true }))).toMatchObject({ articles: { layers: 1_574_400 } });
    expect(JSON.parse(await inspect({ ...asked, like: 'articles', json: true }))).toContainEqual(
      expect.objectContaining({ claim: 'C13', verdict: 'differs' }),
    );
  });

  it.skipIf(!inject('hasNativeEngine'))('measures a step on the engine, which keeps the bytes that were counted', async () => {
    const small = ['training.batchSize=4', 'data.maxLength=20', 'data.vocabularySize=100', 'model.embeddingSize=8', 'model.hiddenSize=16'];
    const { status, stdout, stderr } = await runCli(
      createWorkFolder(),
      'inspect',
      '--config',
      'bigru.yaml',
      ...small.flatMap((pair) => ['--set', pair]),
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^measured {2}TensorFlow .*, median of 5$/m);
    expect(stdout).toMatch(/^kept {6}.* for the backward pass, as counted$/m);
    expect(status).toBe(0);
  });

  it.each([
    [[], /^gatelab: inspect takes one of --config FILE, --run FOLDER, --like articles and --type TYPE\n$/],
    [['--config', 'gru.yaml', '--like', 'articles'], /^gatelab: inspect takes one of .*\n$/],
    [['--type', 'gru', '--layers', '1.5'], /^gatelab: --layers takes a whole number from 1 to 10000000, not "1.5"\n$/],
    [['--like', 'papers'], /^gatelab: --like takes articles, not "papers"\n$/],
  ])('refuses %j in one line', async (args, line) => {
    const { status, stdout, stderr } = await callCli(createWorkFolder(), 'inspect', ...args);
    expect([stdout, status]).toEqual(['', 2]);
    expect(stderr).toMatch(line);
  });
});
