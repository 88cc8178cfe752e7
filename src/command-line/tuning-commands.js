// @ts-check
import { declare } from './declaration.js';
import { config, data, engineChoice, jobs, tableFormat, threads, threadsOfEach } from './shared-options.js';

const replaced = /** @type {const} */ ({
  type: 'text',
  value: 'key=value',
  list: true,
  describe: 'Replace a config key in all runs, for example training.epochs=2; may be repeated',
});

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

export const study = declare({
  summary: 'Train a grid of configs, or named changes to one, and show what each does, with intervals',
  options: {
    config: { type: 'text', value: 'file', describe: 'The study, looked for as given, then in configs/studies/' },
    seeds: { type: 'text', value: 'seeds', list: true, defaultText: "the study's", describe: 'Seeds of each run' },
    set: replaced,
    data,
    jobs,
    threads: threadsOfEach,
    into: {
      type: 'output',
      value: 'folder',
      defaultText: "experiments/ and the study's name",
      describe: 'Where the runs are kept, one folder each; what is complete there is not trained again',
    },
    from: { type: 'input', value: 'folder', describe: "Train nothing: set side by side what is in a study's folder" },
    'dry-run': { type: 'flag', byDefault: false, describe: 'Print the runs and about how long they take, and train nothing' },
    format: tableFormat,
    out: {
      type: 'output',
      value: 'file',
      list: true,
      byDefault: [],
      describe: 'Write the tables into a file too (.txt, .md, .csv or .json), or a picture (.svg or .png); may be repeated',
    },
  },
  loadsTensorFlow: ({ from }) => from === undefined,
  check: ({ config: file, from }) =>
    file === undefined && from === undefined ? '--config is missing: the study, for example --config sample.yaml' : undefined,
  examples: [
    ['--config sample.yaml', 'a small one on the synthetic reviews, in a minute'],
    ['--config length.yaml --dry-run', 'which runs it has, and how long they take'],
    ['--config length.yaml --jobs 2', 'two runs at a time, each with half of the cores'],
    ['--from experiments/length --out length.svg', 'its tables and picture again, without training'],
  ],
});

const limit = (/** @type {string} */ value, /** @type {string} */ describe) => /** @type {const} */ ({
  type: 'count', value, most: 1_000_000_000, defaultText: 'no limit', describe,
});

export const choose = declare({
  summary: "Choose a model for your texts and limits: the articles' rule, the published runs beside it, and a config",
  options: {
    data: { ...data, describe: 'Your texts and labels, which say how long they are, of how many classes, and how many' },
    set: { ...replaced, byDefault: [], describe: 'Replace a key of data, for example data.textColumn=body; may be repeated' },
    length: { type: 'count', value: 'tokens', most: 100_000, defaultText: 'the median of --data', describe: 'Tokens of a usual text' },
    classes: { type: 'count', value: 'n', least: 2, most: 256, defaultText: 'those of --data, else 2', describe: 'Classes' },
    reviews: {
      type: 'count', value: 'n', least: 2, most: 1_000_000_000, defaultText: 'those of --data, else 25000',
      describe: 'Labelled texts to train on',
    },
    memory: limit('MiB', 'Most that the weights of the exported model may take'),
    latency: limit('ms', 'Longest time for the answer to one text'),
    time: limit('minutes', 'Longest time to train'),
    accuracy: {
      type: 'text', value: 'percent', defaultText: 'the best there is',
      describe: 'Accuracy that is enough: the quickest to train of the models that reached it',
    },
    follow: {
      type: 'text', value: 'whom', choices: ['evidence', 'articles'], byDefault: 'evidence', describe: 'Whose choice the config is of',
    },
    out: { type: 'output', value: 'file', describe: 'Write the config, which train takes' },
    json: { type: 'flag', byDefault: false, describe: 'Print JSON' },
    threads,
    engine: engineChoice,
  },
  loadsTensorFlow: ({ engine }) => engine !== 'portable',
  examples: [
    ['--data reviews.csv --out my.yaml', 'for your own texts, with a config to train'],
    ['--length 40 --classes 5 --memory 5 --latency 10', 'short texts, on a small device'],
    ['', 'on a terminal: asks for what it needs'],
  ],
});
