// @ts-check
import { availableParallelism } from 'node:os';
import { declare } from './declaration.js';
import { config, data, engineChoice, jobs, MAX_THREADS, set, tableFormat, threads, threadsOfEach } from './shared-options.js';
import { choose, learningRate, study } from './tuning-commands.js';
import { evaluate, explain, exportModel, predict, serve } from './use-commands.js';

const MAX_SIZE = 10_000_000;

export const defaultSeeds = '1,2,3';

/** What is compared unless --configs names others: the articles' three, the other recurrent models, the baselines. */
export const comparedConfigs = /** @type {const} */ ([
  'lstm.yaml', 'bilstm.yaml', 'gru.yaml', 'rnn.yaml', 'birnn.yaml', 'bigru.yaml', 'gru-printed.yaml', 'bag-of-words.yaml', 'nb-svm.yaml',
]);

/** A linear model is fitted once: no seed changes it. */
const linearConfigs = 2;
export const comparedRuns = (comparedConfigs.length - linearConfigs) * defaultSeeds.split(',').length + linearConfigs;

const train = declare({
  summary: 'Train one model into one experiment folder',
  options: {
    config,
    data,
    set,
    name: { type: 'text', value: 'name', defaultText: "the config's name and the next number", describe: 'Folder under experiments/' },
    resume: {
      type: 'input',
      value: 'folder',
      optional: true,
      describe:
        "Go on where a run stopped: --resume experiments/gru-1; or with --name, that run; or with --config alone, that config's "
        + 'highest-numbered run. Of the config only training.epochs may grow, with --set',
    },
    threads,
    engine: engineChoice,
    quiet: { type: 'flag', byDefault: false, describe: 'Print only warnings and the experiment folder' },
  },
  loadsTensorFlow: ({ engine }) => engine !== 'portable',
  check: ({ config: file, resume }) =>
    file === undefined && resume === undefined ? '--config is missing: the file to train from, for example --config gru.yaml' : undefined,
  examples: [
    ['--config gru.yaml', 'the GRU of the articles on IMDB, 20 epochs'],
    ['--config sample.yaml', 'a small model on built-in synthetic reviews, in seconds'],
    ['--config lstm.yaml --set training.epochs=2 --set training.learningRate=0.01', 'with other settings'],
    ['--config gru.yaml --data reviews.csv', 'on your own reviews'],
    ['--resume experiments/gru-1', 'go on with a run that was interrupted'],
    ['--resume experiments/gru-1 --set training.epochs=30', 'train a finished run further'],
  ],
});

const dataCommand = declare({
  summary: 'Fetch the data if it is missing, check it, encode it, and describe it: classes, lengths, what is odd',
  options: {
    data,
    config: { ...config, defaultText: 'gru.yaml', describe: 'Config whose settings of data say how it is read and split' },
    set,
    json: { type: 'flag', byDefault: false, describe: 'Print JSON' },
  },
  examples: [
    ['', 'IMDB: downloads data/aclImdb_v1.tar.gz (80 MB) where it is missing'],
    ['--data reviews.csv', 'check your own reviews before training on them'],
    ['--data mails.tsv --set data.textColumn=body --set data.labelColumn=folder', 'with other columns'],
  ],
});

const compare = declare({
  summary: "Train every model with several seeds, and set them beside the articles' figures in one table",
  options: {
    seeds: { type: 'text', value: 'seeds', list: true, defaultText: defaultSeeds, describe: 'Seeds of each model' },
    configs: {
      type: 'text',
      value: 'files',
      list: true,
      defaultText: comparedConfigs.map((name) => name.replace('.yaml', '')).join(', '),
      describe: 'Config files',
    },
    set: {
      type: 'text',
      value: 'key=value',
      list: true,
      describe: 'Replace a config key in all of them, for example training.epochs=2; may be repeated',
    },
    data,
    jobs,
    threads: threadsOfEach,
    into: {
      type: 'output',
      value: 'folder',
      defaultText: 'experiments/comparison',
      describe: 'Where the runs are kept, one folder each; what is complete there is not trained again',
    },
    from: {
      type: 'input',
      value: 'folders',
      list: true,
      describe: 'Train nothing: make the table from these experiment folders, or folders that hold some',
    },
    format: tableFormat,
    wide: {
      type: 'flag',
      byDefault: false,
      describe: "Print every column: parameters, memory and the ratios to the articles' figures too",
    },
    all: { type: 'flag', byDefault: false, describe: 'Print the difference of every two models, not only those from the best' },
    out: {
      type: 'output',
      value: 'file',
      list: true,
      byDefault: [],
      describe: 'Write the table into a file too: .txt, .md, .csv or .json; may be repeated',
    },
  },
  loadsTensorFlow: ({ from }) => from === undefined,
  examples: [
    ['', `the full comparison: ${comparedRuns} runs, see below`],
    ['--from experiments/published', 'the table of the published runs, in a second; trains nothing'],
    ['--set data.source=sample data.limit=200 training.epochs=2 --into experiments/trial', 'all models in minutes, on synthetic reviews'],
    ['--configs lstm,gru --seeds 1 --out table.md', 'two models, one seed each, and the table as Markdown'],
  ],
  notes:
    `Without options this trains ${comparedConfigs.length} models with the seeds ${defaultSeeds}, ${comparedRuns} runs in all. On IMDB `
      + `that takes about 7 hours on two `
    + 'cores of a current server, and a day or more on an old or busy machine. It can be interrupted: started again, it trains only what '
    + 'is missing.',
});

const plot = declare({
  summary: 'Draw experiment folders into one picture, as SVG and PNG: curves of accuracy and loss, or the accuracy of each model',
  operands: {
    name: 'folders',
    least: 1,
    areInputs: true,
    describe: 'Experiment folders, or folders of them; runs that differ only in their seed make one line',
  },
  options: {
    chart: {
      type: 'text',
      value: 'chart',
      choices: ['curves', 'models'],
      byDefault: 'curves',
      describe: 'Curves by epoch and training time, or a dot and its interval for each model',
    },
    out: {
      type: 'output',
      value: 'file',
      defaultText: 'curves-<n> or models-<n>, the next free number',
      describe: 'Where to write; both endings are written',
    },
  },
  examples: [
    ['experiments/gru-1 experiments/lstm-1', 'two runs in one picture'],
    ['experiments/published --chart models', 'one dot and interval for each model'],
    ['experiments/published --out curves.svg', 'all runs in a folder, as curves.svg and curves.png'],
  ],
});

const sizeOf = (/** @type {number} */ byDefault, /** @type {string} */ describe, least = 1) => /** @type {const} */ ({
  type: 'count', value: 'n', byDefault, least, most: MAX_SIZE, describe: `With --type: ${describe}`,
});

const inspect = declare({
  summary: 'Parameters, multiply-adds and activation memory of each layer, or what a trained model holds',
  options: {
    config,
    'set': {
      type: 'text',
      value: 'key=value',
      list: true,
      byDefault: [],
      describe: 'Replace a config key, for example model.layers=1; may be repeated',
    },
    'run': { type: 'input', value: 'folder', describe: 'What a trained model holds instead: its checkpoint, vocabulary and weights' },
    'like': { type: 'text', value: 'whom', choices: ['articles'], describe: "The articles' worked examples instead, checked" },
    'type': {
      type: 'text',
      value: 'type',
      choices: ['rnn', 'lstm', 'gru', 'transformer-encoder', 'transformer-decoder'],
      describe: 'Parameters of such a model instead, by formula',
    },
    'embedding-size': sizeOf(256, 'd'),
    'hidden-size': sizeOf(128, 'h, of recurrent types'),
    'feed-forward-size': sizeOf(2048, 'ff, of Transformers'),
    'layers': sizeOf(1, 'layers'),
    'vocabulary-size': sizeOf(0, 'words of the embedding; 0 leaves it out', 0),
    'measure': { type: 'flag', byDefault: true, describe: 'Only count, and run no training steps' },
    'json': { type: 'flag', byDefault: false, describe: 'Print JSON' },
  },
  loadsTensorFlow: ({ config: file, measure }) => file !== undefined && measure === true,
  examples: [
    ['--config bilstm.yaml', 'what a training step costs, counted and measured'],
    ['--config gru.yaml --set model.hiddenSize=256 --no-measure', 'counted only, at once'],
    ['--run experiments/gru-1', 'the best checkpoint of a run'],
    ['--like articles', "the articles' worked examples"],
    ['--type lstm --embedding-size 300 --hidden-size 512', 'parameters of any size, by formula'],
  ],
});

const claims = declare({
  summary: 'Check every claim of the articles: by formula, by small measurements on the spot, by published runs',
  operands: { name: 'claims', least: 0, areInputs: false, describe: 'Check only these, for example C1 C5 (default: all)' },
  options: {
    from: {
      type: 'input',
      value: 'folders',
      list: true,
      defaultText: 'experiments/published',
      describe: 'Experiment folders, or folders of them, for the claims that need training',
    },
    only: { type: 'text', value: 'claims', describe: 'The same as naming them: --only C1,C5' },
    format: {
      type: 'text',
      value: 'format',
      choices: ['terminal', 'markdown', 'json'],
      byDefault: 'terminal',
      describe: 'Format of what is printed',
    },
    out: { type: 'output', value: 'file', describe: 'Print only the counts, and write everything into this file: .txt, .md or .json' },
  },
  loadsTensorFlow: () => true,
  examples: [
    ['', 'all claims, in a few minutes'],
    ['C1 C5', 'two of them'],
    ['--out claims.md', 'all of them, as Markdown'],
  ],
});

const report = declare({
  summary: 'Write the comparison, the curves and the verdicts on all claims as one HTML page that needs no network',
  options: {
    from: { type: 'input', value: 'folders', list: true, defaultText: 'experiments/published', describe: 'Runs, or folders of runs' },
    studies: { type: 'text', value: 'folders', list: true, describe: 'Folders of studies and searches, a section each' },
    out: { type: 'output', value: 'file', defaultText: 'experiments/report.html', describe: 'Where to write' },
  },
  examples: [
    ['', 'the published runs, as experiments/report.html'],
    ['--from experiments/comparison --out comparison.html', 'your own comparison'],
    ['--studies experiments/length,experiments/layers', 'with studies'],
  ],
});

const doctor = declare({
  summary: 'Say what the engine is and what is missing (exit status 1 while training cannot run natively)',
  options: { json: { type: 'flag', byDefault: false, describe: 'Print JSON' } },
  loadsTensorFlow: () => true,
  examples: [['', 'look at the engine, its cache, the data, Python and the compiler'], ['--json', 'the same for programs']],
});

const bench = declare({
  summary: 'Measure the speed of training, or of answers to texts, against PyTorch, Keras, onnxruntime and tf.layers, by turns in one run',
  options: {
    data,
    latency: { type: 'flag', byDefault: false, describe: 'Measure answers, from a text to probabilities, on one thread and on --threads' },
    models: {
      type: 'text', value: 'names',
      defaultText: 'lstm,bilstm,gru,rnn; with --latency gru,lstm',
      describe: 'Some of lstm,bilstm,gru,rnn,gru-attention,mingru,transformer; Keras and tf.layers have the first four',
    },
    threads: { type: 'count', value: 'n', most: MAX_THREADS, byDefault: availableParallelism(), describe: 'Threads of each competitor' },
    rounds: { type: 'count', value: 'n', most: 1000, byDefault: 12, describe: 'Turns of a padded step, or of answers to 32 texts' },
    full: { type: 'flag', byDefault: false, describe: 'All batches of an epoch and an evaluation, not a sample: takes hours' },
    quick: { type: 'flag', byDefault: false, describe: 'Half of the samples, and without how cost grows with the sizes' },
    peers: {
      type: 'text',
      value: 'names',
      defaultText: 'pytorch,keras,tfjs-layers; with --latency onnxruntime,pytorch,keras',
      describe: 'Some of them, or none; onnxruntime and tfjs-layers need no Python',
    },
    format: tableFormat,
    json: { type: 'output', value: 'file', describe: 'Write all figures to this file' },
    write: { type: 'flag', byDefault: false, describe: 'Write the part of docs/performance.md that was measured' },
  },
  loadsTensorFlow: () => true,
  check: ({ full, quick, latency }) => {
    if (full === true && quick === true) return '--full and --quick exclude each other';
    return full === true && latency === true ? '--full is of epochs, which --latency has none of; omit one of them' : undefined;
  },
  examples: [
    ['--quick --peers none', 'gatelab alone, in minutes'],
    ['--peers pytorch --json figures.json', 'against PyTorch, with all figures in a file'],
    ['--models gru-attention,mingru,transformer --peers pytorch', "models beyond the articles'"],
    ['--latency --peers onnxruntime', 'answers to texts against the exported model, without Python'],
  ],
});

/** Every command, in the order of --help. */
export const commands = {
  train, data: dataCommand, predict, evaluate, explain, 'export': exportModel, serve, compare, study, choose, plot, inspect,
  'learning-rate': learningRate, claims, report, doctor, bench,
};

/** @typedef {keyof typeof commands} CommandName */

/** @param {string | undefined} name @returns {name is CommandName} */
export const isCommand = (name) => name !== undefined && Object.hasOwn(commands, name);

/** @param {CommandName} name @returns {import('./declaration.js').Command} */
export const commandOf = (name) => commands[name];
