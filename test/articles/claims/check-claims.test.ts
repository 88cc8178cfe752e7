import { describe, expect, it } from 'vitest';
import { join } from 'node:path';

import { articleOfClaim, articles } from '../../../src/articles/articles.ts';
import { checkClaims, claims } from '../../../src/articles/claims/check-claims.ts';
import { judge } from '../../../src/articles/claims/finding.ts';
import type { CheckedClaim, Verdict } from '../../../src/articles/claims/finding.ts';
import { findCrossover } from '../../../src/articles/claims/lengths.ts';
import type { Evidence } from '../../../src/report/comparison.ts';
import { madeLengths, makeComparison, makeDifference, makeMeasurements, pass } from './made-evidence.ts';
import type { MadeMeasurements } from './made-evidence.ts';
import { loadExperiment } from '../../../src/experiment/load.ts';
import { describeStale, fingerprintRuns } from '../../../src/articles/claims/read-claims.ts';
import { writeMadeRun } from '../../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../../experiment/temporary-folder.ts';

async function check(
  id: string,
  { comparison = null, measured = {} }: { comparison?: Evidence | null; measured?: MadeMeasurements } = {},
): Promise<CheckedClaim> {
  const found: CheckedClaim[] = [];
  const context = { comparison, studies: new Map(), measurements: makeMeasurements(measured) };
  for await (const claim of checkClaims(context, [id])) found.push(claim);
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('the registry', () => {
  it('holds C1 to C23 once, in order, each made by one article', () => {
    expect(claims.map(({ id }) => id)).toEqual(Array.from({ length: 23 }, (_, k) => `C${k + 1}`));
    expect(articles.flatMap((article) => article.claims)).toEqual(claims.map(({ id }) => id));
    expect(claims.map(({ id }) => articleOfClaim(id).letter).join('')).toMatch(/^A{10}B{5}CD{3}E{4}$/);
    for (const { statement, check: how } of claims) expect([statement, how].every((text) => text.endsWith('.'))).toBe(true);
  });

  it('is checked one by one, and only as far as is asked', async () => {
    const refuse = (): never => { throw new Error('measured'); };
    const measurements = { layers: refuse, steps: refuse, memory: refuse, lengths: refuse };
    const lazy = checkClaims({ comparison: null, studies: new Map(), measurements });
    expect((await lazy.next()).value).toMatchObject({ id: 'C1', article: 'A', method: 'formula', verdict: 'holds' });
    for (const id of ['C2', 'C3', 'C4']) expect((await lazy.next()).value).toMatchObject({ id });
    await expect(lazy.next()).rejects.toThrow('measured');
  });
});

it.each<[(boolean | null)[], Verdict]>([
  [[true], 'holds'],
  [[true, true], 'holds'],
  [[false, false], 'does not hold'],
  [[true, false], 'holds in part'],
  [[true, null], 'holds in part'],
  [[false, null], 'does not hold'],
  [[null, null], 'not checkable here'],
])('parts %j make the verdict %s', (parts, verdict) => {
  expect(judge(parts.map((holds) => ({ what: '', holds })))).toBe(verdict);
});

it('parts of which none is known make another verdict where there are figures, within the noise', () => {
  expect(judge([{ holds: null }, { holds: null, undecided: true }])).toBe('not decided');
  expect(judge([{ holds: false }, { holds: null, undecided: true }])).toBe('does not hold');
});

describe('by formula', () => {
  it.each<[string, Verdict, string[]]>([
    ['C1', 'holds', ['LSTM layer, D = H = 128: 131,072', 'GRU layer, D = H = 128: 98,304']],
    ['C2', 'holds', ['nn.LSTM(256, 128): 197,632', 'nn.GRU(256, 128): 148,224']],
    ['C3', 'does not hold', [
      '329,986 + 256 for each of 6,914 words (6,719 to '
        + '7,109', '791,042 + 256 for each of 13,316 words', '247,554 + 256 for each of 5,283 words',
      'LSTM 5.45 M, BiLSTM 5.91 M, GRU 5.37 M',
    ]],
    ['C9', 'holds in part', ['of 147,456 weights the 49,152 of rows [2H:] enter no result']],
    ['C11', 'holds', ['2,097,152 as printed, 2,099,200 by 4·(D·H + H² + H), 2,101,248 built']],
    ['C12', 'holds', ['500,000 as printed, 524,288 by', 'RNN : GRU : LSTM = 1 : 3 : 4']],
    ['C17', 'holds in part', ['197,120 by 4·(d·h + h² + h), 197,632 built']],
    ['C18', 'does not hold', ['5,247,488 by 4d² + 4·d·ff + ff + 5d, 3,152,384 built', '13,114,880 by 14d² + 9·d·ff + 15d, 4,204,032 '
      + 'built']],
    ['C19', 'holds in part', ['2,100,352 as printed, 2,099,200 by', '57,084,928 by', '44,514,304 built']],
  ])('%s: %s', async (id, verdict, figures) => {
    const claim = await check(id);
    expect(claim.verdict).toBe(verdict);
    for (const figure of figures) expect(claim.figure).toContain(figure);
  });

  it('C19 says which figure its own formula does not give', async () => {
    expect((await check('C19')).reason).toContain('LSTM, d = h = 512: the formula gives 2,099,200, not 2,100,352');
  });
});

describe('by measurement', () => {
  it('C5 and C6 contradict each other, whatever is measured, and it is said which of them is right here', async () => {
    const slow = { measured: { steps: { bilstm: pass(9, 27) } } };
    expect(await check('C5', slow)).toMatchObject({
      verdict: 'contradicts another claim',
      figure: 'A training step (64 × 300, 3 turns): BiLSTM 2.25 × (2.25 to 2.25) the LSTM, GRU 0.75 × (0.75 to 0.75)',
    });
    expect((await check('C5', slow)).reason).toBe(
      'Contradicts C6: the table has 1.48 × where the text says at least 2 ×. Measured here: Holds: GRU 0.83 × LSTM. Does not hold: '
        + 'BiLSTM 1.48 × LSTM.',
    );
    expect((await check('C6', slow)).reason).toContain('Measured here: Holds: at least 2 ×.');
    expect((await check('C6', { measured: { steps: { bilstm: pass(6, 18) } } })).reason).toContain(
      'Measured here: Does not hold: at least 2 ×.',
    );
  });

  const gruAboveLstm = { lstm: 2, gru: 3, rnn: 1 };
  it.each<[string, string, Verdict, MadeMeasurements]>([
    ['C8', 'what their order claims', 'holds', {}],
    ['C8', 'a GRU above at the peak', 'holds in part', { peak: gruAboveLstm }],
    ['C8', 'a GRU above throughout', 'does not hold', { kept: gruAboveLstm, peak: gruAboveLstm }],
    ['C13', 'three forward passes', 'holds in part', {}],
    ['C14', 'what their order claims', 'holds in part', {}],
    ['C15', 'three quarters', 'holds in part', {}],
    ['C16', 'an encoder layer alike first, then slower', 'holds', { lengths: madeLengths([1, 1.5, 2, 3]) }],
    ['C16', 'an encoder layer slower throughout', 'holds in part', { lengths: madeLengths([6, 6, 6, 6]) }],
    ['C22', 'three quarters', 'contradicts another claim', {}],
  ])('%s with %s measured: %s', async (id, _, verdict, measured) => {
    expect((await check(id, { measured })).verdict).toBe(verdict);
  });

  it('C13: two parts of training time where forward and backward take three', async () => {
    const { reason, figure } = await check('C13');
    expect(figure).toContain(
      'RNN 3.00 × (3.00 to 3.00), GRU 3.00 × (3.00 to 3.00), LSTM 3.00 × (3.00 to 3.00); RNN : GRU : LSTM = 1 : 3 : 4',
    );
    expect(reason).toMatch(/^Holds: the same ratios .* Does not hold: the factor 2: .*; the factor 2 in time\.$/);
    const twice = await check('C13', { measured: { layers: { rnn: pass(1, 2), gru: pass(3, 6), lstm: pass(4, 8) } } });
    expect(twice.reason).toContain('Holds: the factor 2 in time');
  });

  it('C14 names what is kept besides the articles\' list', async () => {
    expect((await check('C14')).reason).toContain('what a GRU keeps (this one keeps 5·H, not 3·H');
  });

  it('C16 finds the crossover, and says where there is none', async () => {
    expect((await check('C16', { measured: { lengths: madeLengths([0.5, 0.5, 2, 4]) } })).figure).toContain(
      'Crossover: RNN, forward at T ≈ 256;',
    );
    expect((await check('C16', { measured: { lengths: madeLengths([1.1, 2, 3, 4]) } })).figure).not.toContain('≈');
    expect((await check('C16', { measured: { lengths: madeLengths([6, 6, 6, 6]) } })).figure).toContain(
      'RNN, training none, the RNN is faster at every length',
    );
    const noisy = madeLengths([2, 2, 2, 2]);
    const second = {
      ...noisy.points[1]!,
      times: { ...noisy.points[1]!.times, encoder: { forward: [0.5, 0.8, 1.5], training: [2, 2, 2] } },
    };
    const { figure } = await check('C16', { measured: { lengths: { ...noisy, points: noisy.points.with(1, second) } } });
    expect(figure).toContain(
      'RNN, forward none, the RNN is faster at every length where the quartiles tell; RNN, training none, the RNN is faster at every '
        + 'length;',
    );
    expect((await check('C16', { measured: { lengths: madeLengths([1, 1], [32, 64]) } })).reason).toContain(
      'Not checkable here: sequences of thousands',
    );
  });

  it.each([
    [
      [
        [100, 0.5],
        [400, 2],
      ],
      200,
    ],
    [
      [
        [100, 2],
        [400, 0.5],
      ],
      200,
    ],
    [
      [
        [100, 1],
        [400, 1],
      ],
      100,
    ],
    [
      [
        [100, 0.5],
        [200, 0.8],
      ],
      null,
    ],
    [[[100, 3]], null],
    [[], null],
  ])('the crossover of %j is %j', (points, expected) => {
    const crossover = findCrossover(points.map(([steps, ratio]) => ({ steps: steps!, ratio: ratio! })));
    if (expected === null) expect(crossover).toBeNull();
    else expect(crossover).toBeCloseTo(expected, 9);
  });

  it('C10 holds as far as a GRU is smaller, and says what it would take to know more', async () => {
    const { verdict, reason } = await check('C10');
    expect(verdict).toBe('holds in part');
    expect(reason).toContain('pretrained vectors are not built');
    expect((await check('C10', { measured: { steps: { gru: pass(4, 13) } } })).verdict).toBe('does not hold');
  });
});

const three = (value: number): number[] => [value - 0.001, value, value + 0.001];
const rows = [
  { label: 'LSTM', accuracies: three(0.88) },
  { label: 'BiLSTM', accuracies: three(0.89) },
  { label: 'GRU', accuracies: three(0.87) },
  { label: 'RNN', accuracies: three(0.7) },
];
const clear: [number, number] = [0.004, 0.016], noise: [number, number] = [-0.004, 0.016];

describe('by experiment', () => {
  it.each(['C4', 'C7', 'C20', 'C21'])('%s is not checkable without runs', async (id) => {
    expect((await check(id)).verdict).toBe('not checkable here');
  });

  it('names the missing runs once, with the command that makes them', async () => {
    expect((await check('C4')).reason).toBe(
      'Not checkable here: LSTM reaches 87.2 %; BiLSTM reaches 88.5 %; GRU reaches 86.8 %; BiLSTM above LSTM; LSTM above GRU '
        + "(there are no published runs of LSTM, BiLSTM and GRU with the articles' settings; npm run compare makes them).",
    );
  });

  it.each<[string, Evidence, Verdict, string]>([
    [
      'the order is clear',
      makeComparison(rows, [makeDifference('LSTM', 'BiLSTM', -0.01, [-0.016, -0.004]), makeDifference('LSTM', 'GRU', 0.01, clear)]),
      'holds',
      'BiLSTM above LSTM (+1.00 points, 95 % interval +0.40 to +1.60)',
    ],
    [
      'an order is within the noise',
      makeComparison(rows, [makeDifference('BiLSTM', 'LSTM', 0.006, noise), makeDifference('LSTM', 'GRU', 0.01, clear)]),
      'holds in part',
      'Not decided: BiLSTM above LSTM (+0.60 points, 95 % interval −0.40 to +1.60).',
    ],
    [
      'there is one seed',
      makeComparison(rows, [makeDifference('BiLSTM', 'LSTM', 0.006, null), makeDifference('LSTM', 'GRU', 0.01, clear)]),
      'holds in part',
      'Not decided: BiLSTM above LSTM (+0.60 points of one seed): it takes several to know the noise.',
    ],
    [
      'nothing is reached and the order turned round',
      makeComparison(
        rows.map((row) => ({ ...row, accuracies: three(0.8) })),
        [makeDifference('BiLSTM', 'LSTM', -0.01, [-0.016, -0.004]), makeDifference('LSTM', 'GRU', -0.01, [-0.016, -0.004])],
      ),
      'does not hold',
      'LSTM reaches 87.2 % (80.00 ± 0.10 %)',
    ],
    [
      'a model is missing',
      makeComparison(rows.slice(0, 2), [makeDifference('BiLSTM', 'LSTM', 0.01, clear)]),
      'holds in part',
      'GRU reaches 86.8 %; LSTM above GRU (there are no published runs of GRU',
    ],
  ])('C4 where %s', async (_, comparison, verdict, words) => {
    const claim = await check('C4', { comparison });
    expect(claim.reason).toContain(words);
    expect(claim.verdict).toBe(verdict);
  });

  it('runs with other settings than the articles\' do not count', async () => {
    const other = makeComparison(
      rows.map((row) => ({ ...row, config: { model: { hiddenSize: 64 } } })),
      [makeDifference('BiLSTM', 'LSTM', 0.01, clear)],
    );
    expect((await check('C4', { comparison: other })).verdict).toBe('not checkable here');
  });

  it.each<[string, number[][], Verdict, string]>([
    ['as printed', [[12, 12, 13], [15, 14, 15], [10, 11, 10]], 'holds', 'LSTM converges at epoch 12 (epoch 12 to 13)'],
    ['early, in their order', [[5, 5, 6], [7, 8, 7], [3, 4, 3]], 'holds in part', 'Holds: GRU before LSTM, of every seed; LSTM before '
      + 'BiLSTM, of every seed. Does not hold: LSTM converges at epoch 12 (epoch 5 to 6)'],
    ['early, all alike', [[4, 5, 4], [4, 4, 5], [4, 5, 5]], 'does not hold', 'Not decided: GRU before LSTM: the seeds overlap'],
    ['spread so far that only single seeds come near', [[4, 5, 13], [4, 5, 16], [2, 3, 10]], 'not decided', 'Not decided: LSTM '
      + 'converges at epoch 12 (epoch 4 to 13)'],
    ['the other way round', [[5, 5, 5], [3, 3, 3], [7, 7, 7]], 'does not hold', 'GRU before LSTM: of every seed it is the other way round'],
    ['of two seeds', [[5, 5], [3, 3], [7, 7]], 'not decided', 'GRU before LSTM: it takes 3 seeds of each to know the noise'],
  ])('C7 where convergence is %s', async (_, [lstm, bilstm, gru], verdict, words) => {
    const row = (label: string, convergence: number[]) => ({ label, convergence, accuracies: convergence.map(() => 0.88) });
    const claim = await check('C7', { comparison: makeComparison([row('LSTM', lstm!), row('BiLSTM', bilstm!), row('GRU', gru!)]) });
    expect(claim.reason).toContain(words);
    expect(claim.verdict).toBe(verdict);
  });

  it('C5 and C22 show the published epochs beside the steps', async () => {
    const comparison = makeComparison([
      { label: 'LSTM', accuracies: [0.9], epochSeconds: 40 },
      { label: 'BiLSTM', accuracies: [0.9], epochSeconds: 90 },
      { label: 'GRU', accuracies: [0.9], epochSeconds: 34 },
    ]);
    expect((await check('C5', { comparison })).figure).toContain('epochs of the published runs: BiLSTM 2.25 ×, GRU 0.85 ×');
    expect((await check('C22', { comparison })).figure).toContain('an epoch of the published runs 0.85 ×');
  });

  const printed = { label: 'printed GRU', accuracies: three(0.86), config: { model: { cell: 'gru-printed' } } };
  it('C9 shows what the printed GRU reaches beside a GRU', async () => {
    const comparison = makeComparison([...rows, printed], [makeDifference('GRU', 'printed GRU', 0.01, clear)]);
    const claim = await check('C9', { comparison });
    expect(claim.figure).toContain(
      'trained, it reaches 86.00 ± 0.10 %, 3 seeds at best validation; GRU − printed GRU: +1.00 points, 95 % interval +0.40 to +1.60',
    );
    expect(claim.reason).not.toContain('Not checkable');
  });

  it('C9 leaves a printed GRU with other settings out', async () => {
    const comparison = makeComparison([...rows, { ...printed, config: { model: { cell: 'gru-printed', headDropoutRate: 0.5 } } }]);
    expect((await check('C9', { comparison })).reason).toContain('Not checkable here: what the slip does to accuracy');
  });

  it.each<[[number, number], string]>([
    [
      [0.002, 0.008],
      "Holds: ¾ of the products; ¾ of the time of a training step (0.75 ×); ¾ of the memory that is kept (0.75 ×); a GRU's accuracy is "
        + "within a point of an LSTM's (−0.50 points, 95 % interval −0.80 to −0.20)",
    ],
    [[0.002, 0.018], "Not decided: a GRU's accuracy is within a point of an LSTM's"],
    [[0.012, 0.018], "Does not hold: a GRU's accuracy is within a point of an LSTM's"],
  ])('C15: close means that the whole interval %j is within a point, not close that none of it is', async (interval, words) => {
    const comparison = makeComparison(rows, [
      makeDifference('LSTM', 'GRU', 0.005, interval),
      makeDifference('LSTM', 'RNN', 0.18, [0.15, 0.2]),
    ]);
    const { reason } = await check('C15', { comparison });
    expect(reason).toContain(words);
    expect(reason).toContain('LSTM above RNN (+18.00 points');
  });

  const deep = (layers: number, label = `LSTM, layers ${layers}`) => ({ label, accuracies: three(0.88), config: { model: { layers } } });
  it.each<[string, Evidence, Verdict]>([
    [
      'a fourth layer gains nothing',
      makeComparison(
        [deep(2, 'LSTM'), deep(1), deep(3), deep(4)],
        [
          makeDifference('LSTM', 'LSTM, layers 1', 0.01, clear),
          makeDifference('LSTM, layers 4', 'LSTM, layers 3', -0.001, [-0.004, 0.002]),
        ],
      ),
      'holds',
    ],
    [
      'a fourth layer may gain or not',
      makeComparison(
        [deep(2, 'LSTM'), deep(1), deep(3), deep(4)],
        [
          makeDifference('LSTM', 'LSTM, layers 1', -0.01, [-0.016, -0.004]),
          makeDifference('LSTM, layers 4', 'LSTM, layers 3', 0.001, noise),
        ],
      ),
      'does not hold',
    ],
    [
      'a fourth layer gains',
      makeComparison(
        [deep(2, 'LSTM'), deep(1), deep(3), deep(4)],
        [
          makeDifference('LSTM', 'LSTM, layers 1', 0.01, clear),
          makeDifference('LSTM, layers 3', 'LSTM, layers 4', -0.01, [-0.016, -0.004]),
        ],
      ),
      'holds in part',
    ],
    ['there are no deeper ones', makeComparison([deep(2, 'LSTM')]), 'not checkable here'],
  ])('C21 where %s', async (_, comparison, verdict) => {
    expect((await check('C21', { comparison })).verdict).toBe(verdict);
  });
});

const root = makeTemporaryFolder();
const [a, b, other, moved] = ([['a', 1, 0], ['b', 2, 0], ['other', 2, 0.01], ['moved', 1, 0]] as const)
  .map(([name, seed, better]) => loadExperiment(writeMadeRun(join(root, name), { seed, better, epochs: 2 })));
const runs = [a!, b!], runsFingerprint = fingerprintRuns(runs);

describe('verdicts are of the runs that are shown', () => {
  it('whatever their order and place', () => {
    expect(describeStale({ runs: 2, runsFingerprint }, [b!, moved!])).toBeNull();
  });

  it('and not where there are as many others', () => {
    expect(describeStale({ runs: 2, runsFingerprint }, [a!, other!])).toBe('the verdicts rest on other runs than the report shows');
  });

  it('or more, or fewer', () => {
    expect(describeStale({ runs: 2, runsFingerprint }, [a!])).toBe('the verdicts rest on 2 published runs, and the report shows 1');
  });

  it('which older verdicts know by their number alone', () => {
    expect(describeStale({ runs: 2 }, [a!, other!])).toBeNull();
    expect(describeStale({ runs: 3 }, runs)).toBe('the verdicts rest on 3 published runs, and the report shows 2');
  });
});
