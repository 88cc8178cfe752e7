import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadEvidenceOfStudies, loadStudyEvidence } from '../../src/report/study-evidence.ts';

const published = join(import.meta.dirname, '../../experiments/published'), studies = join(published, 'studies');
const find = (study: string, key: string, wanted: number): ReturnType<typeof loadStudyEvidence> =>
  loadStudyEvidence(join(studies, study), key, wanted);

/** Mean test accuracy of the runs of a study whose folders begin so, from their own summaries. */
function averageRuns(study: string, point: string): number {
  const accuracies = readdirSync(join(studies, study)).filter((run) => run.startsWith(`${point}-seed`))
    .map((run) => (JSON.parse(readFileSync(join(studies, study, run, 'summary.json'), 'utf8')) as { testAccuracyAtBestValidation: number })
      .testAccuracyAtBestValidation);
  return accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length;
}

describe('what a study says of one value of an axis', () => {
  it.each([[1, 20], [70, 50], [71, 100], [200, 300], [100_000, 600]])('nearest to %d by ratio is %d', (wanted, value) => {
    expect(find('length', 'data.maxLength', wanted)).toMatchObject({ study: 'length', key: 'data.maxLength', value });
  });

  it('is the mean of the runs of that value alone, a row for each model', () => {
    const rows = find('length', 'data.maxLength', 45)?.rows ?? [];
    expect(Object.fromEntries(rows.map(({ label, testAccuracyAtBestValidation: { measured } }) => [label, measured?.mean]))).toEqual(Object.fromEntries([['GRU', 'gru'], ['RNN', 'rnn'], ['BiRNN', 'birnn'], ['LSTM', 'lstm']]
      .map(([label = '', point = '']) => [label, expect.closeTo(averageRuns('length', `${point}-maxLength50`), 12) as number])));
  });

  it.each([['layers', 'data.maxLength'], ['seeds', 'data.maxLength'], ['ablation', 'data.maxLength']])(
    'is nothing where %s has no axis %s, or no other models', (study, key) => {
      expect(find(study, key, 100)).toBeNull();
    },
  );

  it('comes from every study of a folder that has the axis', () => {
    const found = loadEvidenceOfStudies(published, { 'data.maxLength': 300, 'data.trainLimit': 3000 });
    expect(found.map(({ study, key, value }) => [study, key, value])).toEqual([
      ['data', 'data.trainLimit', 2500], ['length', 'data.maxLength', 300],
    ]);
  });
});
