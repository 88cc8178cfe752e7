// @ts-check
import { declare } from './declaration.js';
import { config, data, engineChoice, threads } from './shared-options.js';

const rate = (/** @type {string} */ byDefault, /** @type {string} */ describe) => /** @type {const} */ ({
  type: 'text', value: 'rate', byDefault, describe,
});

export const learningRate = declare({
  summary: 'Find a learning rate: train a throw-away model with a growing rate, and show where its loss falls and where it diverges',
  options: {
    config,
    set: {
      type: 'text',
      value: 'key=value',
      list: true,
      byDefault: [],
      describe: 'Replace a config key, for example training.batchSize=128; may be repeated',
    },
    data,
    from: rate('1e-6', 'The first rate'),
    to: rate('1', 'The last rate'),
    steps: { type: 'count', value: 'n', byDefault: 100, least: 20, most: 100_000, describe: 'Training steps' },
    out: { type: 'output', value: 'file', describe: 'Draw the loss over the rate: both .svg and .png are written' },
    json: { type: 'flag', byDefault: false, describe: 'Print JSON, a point for each step' },
    threads,
    engine: engineChoice,
  },
  loadsTensorFlow: ({ engine }) => engine !== 'portable',
  check: ({ config: file }) =>
    file === undefined ? '--config is missing: the file to take the model from, for example --config gru.yaml' : undefined,
  examples: [
    ['--config gru.yaml', 'a hundred steps, in half a minute'],
    ['--config gru.yaml --from 1e-5 --to 10 --steps 200 --out rates', 'a wider range, drawn as rates.svg and rates.png'],
  ],
});
