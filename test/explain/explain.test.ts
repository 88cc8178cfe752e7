import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

import { withTemperature } from '../../src/experiment/load-model.ts';
import type { LoadedModel } from '../../src/experiment/load-model.ts';
import { predictTexts } from '../../src/experiment/predict.ts';
import { explainTexts } from '../../src/explain/explain.ts';
import type { Explanation } from '../../src/explain/explain.ts';
import { createFaithfulnessMeter } from '../../src/explain/faithfulness.ts';
import { computeLogOdds, rankWords } from '../../src/explain/word-effects.ts';
import { createWordCollector } from '../../src/explain/word-table.ts';
import { isRead } from '../../src/text/reading.ts';
import { createPartReader, createPredictor } from '../../src/training/evaluate.ts';
import { startEngine } from '../support/engine.ts';
import { makeModel } from './made-model.ts';
import type { MadeModel } from './made-model.ts';

beforeAll(() => startEngine('reference'));

const texts = [
  'A moving film.', "It's not dull, it's so GREAT<br />and moving", 'dull', 'Zorblax!', 'a film… and so it ends',
  `great ${'dull and not a film, so it is a '.repeat(3)}moving end`, '',
];
const models: readonly [string, MadeModel][] = [
  ['a GRU', { model: { cell: 'gru' } }],
  ['a BiLSTM with attention', { model: { cell: 'lstm', bidirectional: true, pooling: 'attention' } }],
  ['a minGRU of three classes', { type: 'minimal', classes: 3 }],
  ['a Transformer of three classes', {
    type: 'transformer', classes: 3, model: { heads: 2, feedForwardSize: 8, embeddingSize: 8, pooling: 'mean' },
  }],
  ['a GRU of a rectangle', { model: { cell: 'gru', padTo: 9 } }],
  ['a calibrated LSTM of three classes', { model: { cell: 'lstm' }, classes: 3, temperature: 2.5 }],
  ['a GRU that reads the beginning', { model: { cell: 'gru' }, truncate: 'end' }],
];

function using<Result>(made: MadeModel, work: (model: LoadedModel) => Result): Result {
  const before = tf.memory().numTensors, model = makeModel(made);
  const result = work(model);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

/** The log-odds that a model gives each class of a text. */
const askAll = (model: LoadedModel, some: readonly string[]): number[][] => predictTexts(model, some)
  .map(({ probabilities }) => Object.values(probabilities)).map((row) => row.map((_, label) => computeLogOdds(row, label)));

/** The part of a text that is read, with a blank in the place of one word. */
function withoutWord({ text, words }: Explanation, k: number | null): string {
  const read = words.filter(isRead), [start, end] = [read[0]?.start ?? 0, read.at(-1)?.end ?? 0], word = k === null ? undefined : words[k];
  return word === undefined ? text.slice(start, end) : `${text.slice(start, word.start)} ${text.slice(word.end, end)}`;
}

describe.each(models)('explaining %s', (_, made) => {
  it('by leaving a word out says what the model says of the text without it', () => {
    using(made, (model) => {
      const explained = [...explainTexts(model, texts, 'leave-one-out')];
      expect(explained.map(({ text }) => text)).toEqual(texts);
      for (const explanation of explained) {
        const { words, effects, predicted, logOdds } = explanation;
        const read = [...words.keys()].filter((k) => effects[k] !== null);
        expect(read).toEqual([...words.entries()].flatMap(([k, word]) => (isRead(word) ? [k] : [])));
        const [whole = [], ...without] = askAll(model, [null, ...read].map((k) => withoutWord(explanation, k)));
        expect(logOdds).toBeCloseTo(whole[predicted] ?? Number.NaN, 5);
        for (const [i, row] of without.entries())
          row.forEach((left, label) => { expect(effects[read[i] ?? 0]?.[label]).toBeCloseTo((whole[label] ?? 0) - left, 4); });
      }
    });
  });

  it('by gradient × input agrees with finite differences of each word vector\'s length', () => {
    using(made, (model) => {
      const text = 'not a moving film, so great', step = 1e-2;
      const [explanation] = [...explainTexts(model, [text], 'gradient')];
      const table = model.parameters.get('embed.weight') as tf.Tensor2D;
      const scaled = (id: number, factor: number): number[] => {
        const ones = Array.from({ length: table.shape[0] }, (_, row) => [row === id ? factor : 1]);
        const factors = tf.tidy(() => tf.mul(table, tf.tensor2d(ones)));
        const parameters = new Map([...model.parameters, ['embed.weight', factors]]);
        const reader = createPartReader({ model: model.model, parameters }), predictUncalibrated = createPredictor(reader, 4);
        const changed = withTemperature<LoadedModel>({ ...model, parameters, predictUncalibrated }, model.temperature);
        const [row = []] = askAll(changed, [text]);
        reader.dispose();
        factors.dispose();
        return row;
      };
      expect(explanation?.words).toHaveLength(7);
      explanation?.words.forEach(({ from }, k) => {
        const id = explanation.tokenIds[from] ?? 0, [more, less] = [scaled(id, 1 + step), scaled(id, 1 - step)];
        more.forEach((value, label) => {
          expect(explanation.effects[k]?.[label]).toBeCloseTo((value - (less[label] ?? 0)) / (2 * step), 3);
        });
      });
    });
  });
});

describe('explanations', () => {
  it('by gradient of many texts at once are those of each alone', () => {
    using({}, (model) => {
      const together = [...explainTexts(model, texts, 'gradient')];
      for (const [k, { effects }] of together.entries()) {
        const [alone] = [...explainTexts(model, [texts[k] ?? ''], 'gradient')];
        expect(effects.length).toBe(alone?.effects.length);
        for (const [word, row] of effects.entries())
          row?.forEach((effect, label) => { expect(effect).toBeCloseTo(alone?.effects[word]?.[label] ?? 0, 5); });
      }
    });
  });

  it('are the same whatever else is asked, and of two classes one is the other\'s negative', () => {
    using({}, (model) => {
      const long = Array.from({ length: 40 }, (_, k) => `a ${'great film and '.repeat(k % 7)}dull`);
      const [first] = [...explainTexts(model, [...long, ...texts], 'leave-one-out')];
      const [alone] = [...explainTexts(model, long.slice(0, 1), 'leave-one-out')];
      first?.effects.forEach((row, k) => {
        expect(row?.[0]).toBeCloseTo(alone?.effects[k]?.[0] ?? Number.NaN, 5);
        expect(row?.[0]).toBeCloseTo(-(row?.[1] ?? Number.NaN), 9);
      });
    });
  });

  it('are exact where the probability is all but 1', () => {
    expect(computeLogOdds([1 / (1 + Math.exp(-60)), 1 / (1 + Math.exp(60))], 0)).toBeCloseTo(60, 9);
    expect(computeLogOdds([0.5, 0.25, 0.25], 0)).toBeCloseTo(0, 12);
    expect(rankWords([[1, 3], null, [2, -1], [2, 3]], 1)).toEqual([0, 3, 2]);
  });
});

describe('the words that matter most', () => {
  it('are means over every place a word was read in, those read too rarely left out', () => {
    using({ maxLength: 40 }, (model) => {
      const collector = createWordCollector(model.classes, model.vocabulary.words), effects = new Map<string, number[]>();
      for (const explanation of explainTexts(model, texts, 'leave-one-out')) {
        collector.add(explanation);
        explanation.words.forEach(({ tokens }, k) => {
          const word = tokens.map((token) => model.vocabulary.words[model.vocabulary.idOf(token)] ?? '').join('');
          effects.set(word, [...effects.get(word) ?? [], explanation.effects[k]?.[1] ?? Number.NaN]);
        });
      }
      const table = collector.finish('leave-one-out', { minCount: 3, top: 50 });
      expect(table.texts).toBe(texts.length);
      expect(table.words).toBe([...effects.values()].flat().length);
      expect(table.differentWords).toBe(effects.size);
      const listed = table.classes.flatMap(({ name, words }) => words.map((word) => ({ ...word, sign: name === 'good' ? 1 : -1 })));
      const frequent = [...effects].filter(([, some]) => some.length >= 3).map(([word]) => word);
      expect(listed.map(({ word }) => word).sort()).toEqual(frequent.sort());
      for (const { word, sign, count, meanEffect, deviation } of listed) {
        const own = effects.get(word) ?? [], mean = own.reduce((sum, value) => sum + value, 0) / own.length;
        expect(count).toBe(own.length);
        expect(meanEffect).toBeCloseTo(sign * mean, 6);
        expect(deviation).toBeCloseTo(Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1)), 5);
      }
      for (const { words } of table.classes)
        expect(words.map(({ meanEffect }) => meanEffect)).toEqual(words.map(({ meanEffect }) => meanEffect).sort((a, b) => b - a));
    });
  });
});

describe('faithfulness', () => {
  it('is what the log-odds lose with the strongest words, and random ones lose less', () => {
    using({ maxLength: 40 }, (model) => {
      const some = Array.from({ length: 12 }, (_, k) =>
        `a ${'moving '.repeat(1 + (k % 3))}film, not dull and so great ${'it end '.repeat(k % 4)}`);
      const meter = createFaithfulnessMeter(model, ['leave-one-out', 'gradient'], 1);
      meter.add(some.slice(0, 5));
      meter.add([...some.slice(5), 'dull']);
      const { texts: measured, skipped, rows } = meter.finish();
      expect([measured, skipped]).toEqual([12, 1]);
      expect(rows.map(({ order }) => order)).toEqual(['leave-one-out', 'gradient', 'random']);
      const [best] = rows;
      const largest = [...explainTexts(model, some, 'leave-one-out')]
        .map(({ effects, predicted }) => Math.max(...effects.map((row) => row?.[predicted] ?? -Infinity)));
      expect(best?.meanDrop).toBeCloseTo(largest.reduce((sum, value) => sum + value, 0) / largest.length, 4);
      expect(best?.meanDrop).toBeGreaterThan(rows[1]?.meanDrop ?? Infinity);
      expect(best?.meanDrop).toBeGreaterThan(2 * (rows[2]?.meanDrop ?? Infinity));
    });
  });
});
