// @ts-check
import { declare } from './declaration.js';
import { data, encoding, engineChoice, threads, uncalibrated } from './shared-options.js';

const run = /** @type {const} */ ({
  type: 'input', value: 'folder', describe: 'The model: an experiment folder (its best checkpoint) or a checkpoint folder',
});

const textColumn = /** @type {const} */ ({
  type: 'text', value: 'name', defaultText: "that of the model's config, or a usual name", describe: 'Column of the texts',
});

/** @typedef {Readonly<Record<string, unknown>>} Given */

const isNative = (/** @type {Given} */ { engine }) => engine !== 'portable';

const findMissingRun = (/** @type {Given} */ { run: folder }) =>
  folder === undefined ? '--run is missing: the folder of a trained model, for example --run experiments/gru-1' : undefined;

export const predict = declare({
  summary: 'Ask a trained model: the label and the probabilities of texts',
  operands: { name: 'texts', least: 0, areInputs: false, describe: 'Texts, each in quotes' },
  options: {
    run,
    'input': {
      type: 'input',
      orStandard: true,
      value: 'file',
      describe: 'Texts of a table instead (CSV, TSV or JSON Lines, gzipped or not), or - for the lines of standard input',
    },
    'text-column': textColumn,
    encoding,
    'output': { type: 'output', value: 'file', describe: "Write the table's rows with the predictions into a file: .csv or .jsonl" },
    'json': { type: 'flag', byDefault: false, describe: 'Print one JSON object a line' },
    uncalibrated,
    threads,
    'engine': engineChoice,
  },
  loadsTensorFlow: isNative,
  check: ({ texts, input, ...given }) => {
    const missing = findMissingRun(given);
    if (missing !== undefined) return missing;
    const hasTexts = Array.isArray(texts) && texts.length > 0;
    if (hasTexts && input !== undefined) return 'predict takes texts or --input, not both; omit one of the two';
    return hasTexts || input !== undefined ? undefined : 'no text: give some in quotes, or --input with a file, or --input - for lines';
  },
  examples: [
    ['--run experiments/gru-1 "a moving film" "two hours I will not get back"', 'two texts'],
    ['--run experiments/gru-1 --input reviews.csv --output predictions.csv', 'every row of a table'],
    ['--run experiments/gru-1 --input - --json', 'lines of standard input, as JSON'],
  ],
});

export const evaluate = declare({
  summary: 'Measure a trained model: accuracy, precision, recall, F1, area, calibration and its most confident mistakes',
  options: {
    run,
    data: { ...data, defaultText: "the run's own test part", describe: 'Other labelled reviews: a table, or the test part of IMDB' },
    'text-column': { type: 'text', value: 'name', defaultText: "as the model's config says", describe: 'Column of the texts' },
    'label-column': { type: 'text', value: 'name', defaultText: "as the model's config says", describe: 'Column of the labels' },
    encoding,
    texts: { type: 'flag', byDefault: false, describe: 'Show the texts of the most confident mistakes' },
    html: { type: 'output', value: 'file', describe: 'Write a page with tables and pictures too, which needs no network' },
    json: { type: 'flag', byDefault: false, describe: 'Print JSON' },
    uncalibrated,
    threads,
    engine: engineChoice,
  },
  loadsTensorFlow: isNative,
  check: findMissingRun,
  examples: [
    ['--run experiments/gru-1', "on the run's own test part"],
    ['--run experiments/gru-1 --data reviews.csv', 'on other reviews'],
    ['--run experiments/gru-1 --html page.html', 'with curves, as a page'],
    ['--run experiments/gru-1 --texts --json', 'as JSON, with the texts of the worst mistakes'],
  ],
});

/** What only makes sense over many texts. */
const ofManyTexts = ['data', 'text-column', 'limit', 'top', 'min-count', 'faithfulness'];

export const explain = declare({
  summary: 'Show how much each word moved a trained model\'s answer, or which words matter most over many texts',
  operands: { name: 'texts', least: 0, areInputs: false, describe: "Texts, each in quotes; without any, the run's own test part" },
  options: {
    run,
    'method': {
      type: 'text',
      value: 'method',
      choices: ['leave-one-out', 'gradient'],
      byDefault: 'leave-one-out',
      describe: 'What the log-odds of the answer lose without the word, or gradient × input, which is quick and an estimate of it',
    },
    'data': {
      ...data,
      defaultText: "the run's own test part",
      describe: 'Other texts, labelled or not: a table, or the test part of IMDB',
    },
    'text-column': textColumn,
    encoding,
    'limit': { type: 'count', value: 'n', defaultText: '200', describe: 'Texts of a data set, taken at even distances' },
    'top': { type: 'count', value: 'n', most: 1000, defaultText: '15', describe: 'Words shown for each class' },
    'min-count': { type: 'count', value: 'n', defaultText: '5', describe: 'Leave out words that were read less often' },
    'faithfulness': {
      type: 'count',
      value: 'n',
      most: 1000,
      describe: 'Measure instead what deleting the n strongest words of each text does, against n random ones',
    },
    'html': { type: 'output', value: 'file', describe: 'Write a page that needs no network too' },
    'json': { type: 'flag', byDefault: false, describe: 'Print JSON: an object a line for texts' },
    uncalibrated,
    threads,
    'engine': engineChoice,
  },
  loadsTensorFlow: isNative,
  check: ({ texts, ...given }) => {
    const missing = findMissingRun(given);
    if (missing !== undefined) return missing;
    const { faithfulness, html } = given;
    if (faithfulness !== undefined && html !== undefined) return '--faithfulness has no page; omit --html';
    const extra = Array.isArray(texts) && texts.length > 0 ? ofManyTexts.find((name) => given[name] !== undefined) : undefined;
    return extra === undefined ? undefined : `--${extra} goes with a data set, not with texts; omit one of the two`;
  },
  examples: [
    ['--run experiments/gru-1 "a moving film, if a little long"', 'every word of a text'],
    ['--run experiments/gru-1 --method gradient --html why.html "a moving film"', 'quickly, and as a page'],
    ['--run experiments/gru-1', "the words that matter most in the run's test part"],
    ['--run experiments/gru-1 --faithfulness 5', 'how far the explanations are true of the model'],
  ],
});

export const exportModel = declare({
  summary: 'Write a trained model for other programs: ONNX or safetensors, with vocabulary, tokenizer and a model card',
  options: {
    run,
    format: { type: 'text', value: 'format', choices: ['onnx', 'safetensors'], byDefault: 'onnx', describe: 'Format of the weights' },
    out: { type: 'output', value: 'folder', describe: 'Where to write: a folder that does not exist yet, or an earlier export' },
    float16: { type: 'flag', byDefault: false, describe: 'Of ONNX: store weights in 16 bits' },
    int8: { type: 'flag', byDefault: false, describe: 'Of ONNX: store word vectors in 8 bits, all other weights in 16' },
    measure: {
      type: 'flag', byDefault: false, describe: "Of ONNX: print size, load time, speed and accuracy over the run's whole test part first",
    },
    check: { type: 'flag', byDefault: true, describe: 'Do not try the file in onnxruntime before it is written' },
    uncalibrated,
    threads,
    engine: engineChoice,
  },
  loadsTensorFlow: (given) => isNative(given) && given.format !== 'safetensors',
  check: ({ out, format, float16, int8, measure, ...given }) => {
    const missing = findMissingRun(given);
    if (missing !== undefined) return missing;
    if (out === undefined) return '--out is missing: the folder to write, for example --out exports/gru';
    if (float16 === true && int8 === true) return '--float16 and --int8 exclude each other';
    if (format === 'safetensors' && [float16, int8, measure].includes(true))
      return '--format safetensors writes the weights as they are; omit --float16, --int8 and --measure';
    return undefined;
  },
  examples: [
    ['--run experiments/gru-1 --out exports/gru', 'ONNX, for onnxruntime in any language'],
    ['--run experiments/gru-1 --out exports/gru-small --int8 --measure', 'a quarter of the size, and what it costs'],
    ['--run experiments/gru-1 --out exports/gru-torch --format safetensors', 'for PyTorch'],
  ],
});

export const serve = declare({
  summary: 'Answer texts over HTTP with a trained model, for other programs and in a page that asks while one types',
  options: {
    run,
    port: { type: 'count', value: 'n', least: 0, most: 65_535, byDefault: 8080, describe: 'Port to listen on; 0 takes a free one' },
    host: {
      type: 'text', value: 'address', byDefault: '127.0.0.1', describe: 'Address to listen on; 0.0.0.0 lets every network ask',
    },
    uncalibrated,
    threads,
    engine: engineChoice,
  },
  loadsTensorFlow: isNative,
  check: findMissingRun,
  examples: [
    ['--run experiments/gru-1', 'at http://127.0.0.1:8080/'],
    ['--run experiments/gru-1 --port 0', 'on a free port, which it prints'],
  ],
});
