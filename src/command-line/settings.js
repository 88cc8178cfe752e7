// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../files/standing-folder.js';

/**
 * A key of the config, as far as a hint needs to know it.
 *
 * @typedef {{ readonly key: string, readonly isBoolean: boolean }} Setting
 *
 * The part of configs/experiment.schema.json that is read here. A test holds that file to the schema, which takes longer to load.
 * @typedef {{ readonly type?: string, readonly properties?: Readonly<Record<string, KeySchema>>, readonly anyOf?: readonly KeySchema[]
 * }} KeySchema
 */

/**
 * What users of PyTorch, Keras and Hugging Face call our keys, where it is more than another way of writing them; see simplify.
 *
 * @type {Readonly<Record<string, string>>}
 */
const otherNames = {
  lr: 'training.learningRate', eta: 'training.learningRate', steprate: 'training.learningRate',
  bs: 'training.batchSize', batch: 'training.batchSize', perdevicetrainbatchsize: 'training.batchSize',
  evalbatchsize: 'training.evaluationBatchSize', testbatchsize: 'training.evaluationBatchSize',
  epoch: 'training.epochs', nepochs: 'training.epochs', numepochs: 'training.epochs', maxepochs: 'training.epochs',
  numtrainepochs: 'training.epochs',
  clip: 'training.clipNorm', gradclip: 'training.clipNorm', clipgrad: 'training.clipNorm', maxgradnorm: 'training.clipNorm',
  maxnorm: 'training.clipNorm',
  eps: 'training.epsilon', adamepsilon: 'training.epsilon', adambeta1: 'training.beta1', adambeta2: 'training.beta2',
  hidden: 'model.hiddenSize', hiddendim: 'model.hiddenSize', hiddenunits: 'model.hiddenSize', units: 'model.hiddenSize',
  nhid: 'model.hiddenSize', rnnunits: 'model.hiddenSize',
  embedding: 'model.embeddingSize', embeddingdim: 'model.embeddingSize', embeddim: 'model.embeddingSize', embsize: 'model.embeddingSize',
  embdim: 'model.embeddingSize', emsize: 'model.embeddingSize',
  nlayers: 'model.layers', numlayers: 'model.layers',
  dropout: 'model.dropoutRate', dropoutprob: 'model.dropoutRate', dropoutp: 'model.dropoutRate',
  embeddingdropout: 'model.embeddingDropoutRate', headdropout: 'model.headDropoutRate',
  rnntype: 'model.cell', celltype: 'model.cell', bi: 'model.bidirectional', bidir: 'model.bidirectional',
  vocab: 'data.vocabularySize', vocabsize: 'data.vocabularySize', numwords: 'data.vocabularySize', maxfeatures: 'data.vocabularySize',
  maxtokens: 'data.vocabularySize', maxwords: 'data.vocabularySize',
  maxlen: 'data.maxLength', maxseqlength: 'data.maxLength', maxseqlen: 'data.maxLength', seqlen: 'data.maxLength',
  seqlength: 'data.maxLength', sequencelength: 'data.maxLength',
  truncation: 'data.truncate', truncating: 'data.truncate',
  padding: 'model.padSide', padsequences: 'model.padTo', padlength: 'model.padTo',
  valsplit: 'data.validationFraction', validationsplit: 'data.validationFraction', valfraction: 'data.validationFraction',
  valsize: 'data.validationFraction',
  randomseed: 'seed', randomstate: 'seed', manualseed: 'seed',
};

/** @param {string} name @returns {string} the same for `hidden_size`, `hidden-size`, `hiddenSize` and `HiddenSize` */
const simplify = (name) => name.toLowerCase().replace(/[_-]/g, '');

/** @param {string} key @returns {string} */
const lastPart = (key) => key.slice(key.lastIndexOf('.') + 1);

/** @returns {KeySchema} */
function readSchema() {
  /** @type {unknown} */
  const schema = JSON.parse(readFileSync(join(projectFolder, 'configs', 'experiment.schema.json'), 'utf8'));
  return /** @type {KeySchema} */ (schema);
}

/**
 * @param {KeySchema} schema
 * @param {string} [path]
 * @returns {Setting[]}
 */
function collectSettings(schema, path = '') {
  const variants = schema.anyOf?.some(({ properties }) => properties !== undefined) === true ? schema.anyOf : [schema];
  const children = variants.flatMap(({ properties }) => Object.entries(properties ?? {}));
  if (children.length === 0) return path === '' || path === 'extends' ? [] : [{ key: path, isBoolean: schema.type === 'boolean' }];
  return children.flatMap(([name, child]) => collectSettings(child, path === '' ? name : `${path}.${name}`));
}

/** @type {readonly Setting[] | undefined} */
let known;

/**
 * The key of the config that a name most likely means: `epochs`, `training.epochs`, `batch_size`, `lr`.
 *
 * @param {string} name
 * @returns {Setting | undefined}
 */
export function findSetting(name) {
  const settings = known ??= collectSettings(readSchema());
  const wanted = simplify(name);
  const other = Object.hasOwn(otherNames, simplify(lastPart(name))) ? otherNames[simplify(lastPart(name))] : undefined;
  return settings.find(({ key }) => simplify(key) === wanted)
    ?? settings.find(({ key }) => simplify(lastPart(key)) === simplify(lastPart(name)))
    ?? settings.find(({ key }) => key === other);
}
