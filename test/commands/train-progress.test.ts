import { describe, expect, it } from 'vitest';
import { drawTraining, renderEpoch } from '../../src/commands/train-progress.ts';
import { startOfEpoch } from '../../src/training/epoch.ts';
import type { ProgressLine } from '../../src/terminal/progress-bar.ts';
import { makeEpoch } from '../experiment/examples.ts';
import { createScreen } from '../../src/terminal/screen.ts';

const record = makeEpoch(1, {
  trainLoss: 0.56027, trainAccuracy: 0.69697, validationLoss: 0.47664, validationAccuracy: 0.784, testLoss: 0.45727, testAccuracy: 0.78952,
  epochSeconds: 35.86, examplesPerSecond: 627.4,
});

describe('the line of an epoch', () => {
  it('is as long as the terminal allows, and in full where there is none', () => {
    const lines = [Infinity, 120, 102, 80, 60, 40].map((columns) => `${columns}: ${renderEpoch(record, 20, columns)}`);
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Infinity: epoch  1/20  train 0.5603 69.70 %  validation 0.4766 78.40 %  test 0.4573 78.95 %  35.9 s  627 reviews/s
      120: epoch  1/20  train 0.5603 69.70 %  validation 0.4766 78.40 %  test 0.4573 78.95 %  35.9 s  627 reviews/s
      102: epoch  1/20  train 0.5603 69.70 %  val 0.4766 78.40 %  test 0.4573 78.95 %  36 s
      80: epoch  1/20  train 0.5603 69.70 %  val 0.4766 78.40 %  test 0.4573 78.95 %  36 s
      60: epoch  1/20  train 69.70 %  val 78.40 %  test 78.95 %  36 s
      40: epoch  1/20  val 78.40 %  test 78.95 %
      "
    `);
  });

  it.each([
    ['many epochs', record, 100],
    ['all right', { ...record, trainAccuracy: 1, validationAccuracy: 1, testAccuracy: 1 }, 20],
    ['minutes', { ...record, epochSeconds: 142 }, 20],
    ['hours', { ...record, epochSeconds: 3725 }, 20],
    ['short epochs', { ...record, epochSeconds: 5.23 }, 100],
    ['a loss that grows', { ...record, trainLoss: 123.4 }, 20],
  ])('fits 80 columns with all its parts and its time: %s', (_, shown, epochs) => {
    const line = renderEpoch(shown, epochs, 80);
    expect(line.length, line).toBeLessThanOrEqual(80);
    expect(line).toMatch(/^epoch +1\/\d+ {2}train [\d.]+ [\d.]+ ?% {2}val [\d.]+ [\d.]+ ?% {2}test [\d.]+ [\d.]+ ?% {2}[\d.:]+( s)?$/);
  });

  it('leaves out a validation part that there is not', () => {
    const without = { ...record, validationLoss: null, validationAccuracy: null };
    expect(renderEpoch(without, 20, 60)).toBe('epoch  1/20  train 0.5603 69.70 %  test 0.4573 78.95 %  36 s');
    expect(renderEpoch(without, 20, 30)).toBe('epoch  1/20  test 78.95 %');
  });
});

it('the bar follows the steps of an epoch and its evaluations, each with the time it has left, and goes at its end', () => {
  const drawn: (ProgressLine | null)[] = [];
  const draw = drawTraining(
    { ...createScreen(true), bar: { enabled: true, update: (line) => drawn.push(line), clear: () => drawn.push(null) } },
    20,
  );
  const position = startOfEpoch(1);
  draw({
    kind: 'step',
    epoch: 1,
    step: 100,
    steps: 400,
    loss: 0.5,
    accuracy: 0.75,
    examples: 6400,
    seconds: 10,
    position,
    gradientNorm: 1,
    peakTensorBytes: 0,
  });
  draw({ kind: 'evaluation', epoch: 1, part: 'validation', examples: 256, total: 2500 });
  draw({ kind: 'epoch', record, validationProbabilities: [], testProbabilities: [], position, end: null });
  expect(drawn).toEqual([
    {
      label: 'epoch  1/20',
      done: 100,
      total: 400,
      time: '0:30 left',
      notes: ['train 0.5000 75.00 %', '640 reviews/s'],
      extras: ['step 100/400'],
    },
    { label: 'epoch  1/20 val', done: 256, total: 2500, time: expect.stringMatching(/ left$/) as string, notes: ['256 of 2,500 reviews'] },
    null,
  ]);
});
