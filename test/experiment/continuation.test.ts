import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
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

  it.each([
    ['a schedule over the whole run', { schedule: 'cosine' }, 30],
    ['the same, and fewer epochs', { schedule: 'one-cycle' }, 3],
    ['an average over its last epochs', { averaging: 'tail' }, 30],
  ])('which has no other number of epochs with %s', (_, training, epochs) => {
    const stored = experimentSchema.parse({ training }), asked = experimentSchema.parse({ training: { ...training, epochs } });
    expect(() => { checkContinues(folder, stored, stored); }).not.toThrow();
    expect(() => { checkContinues(folder, stored, asked); }).toThrow(
      new UserError(`experiments/run cannot go on with another config: training.epochs is 20 there and ${epochs} here; what it computed `
        + 'depends on how many epochs it was to have; train again under another --name'),
    );
  });
});
