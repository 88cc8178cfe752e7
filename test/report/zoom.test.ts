import { describe, expect, it } from 'vitest';

import { createModelSeries } from '../../src/report/model-series.ts';
import type { Reference } from '../../src/report/model-series.ts';
import { findZoom } from '../../src/report/convergence-curves.ts';
import { sixModels } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { makeExperiments } from './page/made-content.ts';

const WHOLE = [0.6, 0.95] as const;
const zoomOf = (runs: readonly MadeRun[], references: readonly Reference[] = []) => findZoom(createModelSeries(makeExperiments(runs)), references, WHOLE);

describe('the zoom', () => {
  it('holds the models near the best and the lines near them, from convergence on', () => {
    const zoom = zoomOf([...sixModels, { model: { cell: 'gru-printed' }, better: -0.2 }], [{ label: 'NB-SVM', accuracy: 0.9, seconds: 16 }, { label: 'Bag of words', accuracy: 0.7, seconds: 7 }]);
    expect([...zoom!.shown].sort()).toEqual(['BiGRU', 'BiLSTM', 'GRU', 'LSTM', 'NB-SVM']);
    expect(zoom!.domain[0]).toBeGreaterThan(0.84);
    expect(zoom!.domain[1]).toBeGreaterThan(0.9);
    expect(zoom!.domain[1]).toBeLessThan(0.91);
  });

  it.each<[string, MadeRun[]]>([
    ['runs of few epochs', [{ epochs: 3 }, { model: { cell: 'gru' }, epochs: 3 }]],
    ['models that fill the range as it is', [{ given: (epoch) => ({ testAccuracy: epoch % 2 === 0 ? 0.65 : 0.9 }) }]],
  ])('is none of %s', (_, runs) => {
    expect(zoomOf(runs)).toBeNull();
  });
});
