import { describe, expect, it } from 'vitest';
import { experimentSchema, experimentSchemas } from '../../src/experiment-schema.ts';
import { checkContinues } from '../../src/experiment/continuation.ts';

const folder = { name: 'run', path: 'experiments/run' };
const linear = experimentSchemas['nb-svm'].parse({ training: { strengths: [0.1, 1] } });
const recurrent = experimentSchema.parse({});

describe('a run goes on with the config it began with', () => {
  it.each([
    ['the same linear model', linear, linear],
    ['more epochs', recurrent, { ...recurrent, training: { ...recurrent.training, epochs: 30 } }],
  ])('%s', (_, stored, asked) => {
    expect(() => { checkContinues(folder, stored, asked); }).not.toThrow();
  });

  it.each([
    ['another type of model', linear, recurrent, 'model.type is "nb-svm" there and "recurrent" here'],
    [
      'fewer values of C',
      linear,
      { ...linear, training: { ...linear.training, strengths: [0.1] } },
      'training.strengths is "0.1, 1" there and "0.1" here',
    ],
    ['fewer epochs', recurrent, { ...recurrent, training: { ...recurrent.training, epochs: 3 } }, 'training.epochs is 20 there and 3 here'],
  ])('and not with %s', (_, stored, asked, difference) => {
    expect(() => {
      checkContinues(folder, stored, asked);
    }).toThrow(`experiments/run cannot go on with another config: ${difference}; only training.epochs may grow`);
  });
});
