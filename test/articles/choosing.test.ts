import { describe, expect, it } from 'vitest';
import { adviseByLength, adviseByUse } from '../../src/articles/choosing.ts';
import { claims } from '../../src/articles/claims/check-claims.ts';
import { loadNeuralConfig } from '../../src/experiment-config.ts';
import { nameModel } from '../../src/experiment-schema.ts';

const device = (isConstrained: boolean) => (length: number): { length: number; isConstrained: boolean } => ({ length, isConstrained });

describe('the choice by length (C23)', () => {
  it.each([[1, 'BiRNN'], [19, 'BiRNN'], [20, 'GRU'], [100, 'GRU'], [101, 'LSTM'], [5000, 'LSTM']])('of %i tokens is a %s', (length, name) => {
    const { claim, config, quantised } = adviseByLength(device(false)(length));
    expect([claim, nameModel(loadNeuralConfig(config).config), quantised]).toEqual(['C23', name, false]);
  });

  it('clips gradients in its LSTM', () => {
    expect(loadNeuralConfig(adviseByLength(device(false)(101)).config).config.training.clipNorm).toBe(1);
  });

  it.each([5, 60, 500])('is a GRU in 8 bits on a constrained device, at %i tokens too', (length) => {
    expect(adviseByLength(device(true)(length))).toMatchObject({ config: 'gru.yaml', quantised: true });
  });
});

describe('the choice by use (C10)', () => {
  it.each([[5, false, 'GRU'], [100, false, 'GRU'], [101, false, 'LSTM'], [101, true, 'GRU']] as const)(
    'of %i tokens, on a constrained device %s, is a %s', (length, isConstrained, name) => {
      const { claim, config, quantised } = adviseByUse(device(isConstrained)(length));
      expect([claim, nameModel(loadNeuralConfig(config).config), quantised]).toEqual(['C10', name, false]);
    });
});

it('belongs to claims that the articles make', () => {
  const [byLength, byUse] = [adviseByLength, adviseByUse].map((advise) => claims.find(({ id }) => id === advise(device(false)(50)).claim));
  expect(byLength?.statement).toContain('20 to 100 a GRU');
  expect(byUse?.statement).toContain('moderate length');
});
