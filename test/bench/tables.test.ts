import { describe, expect, it } from 'vitest';
import { latencyPage } from '../../src/bench/latency-page.ts';
import { checkAnswers } from '../../src/bench/measure-latency.ts';
import { renderFigures, renderMarkdown, replacePart } from '../../src/bench/render.ts';
import type { BenchResult, Circumstances, LatencyResult } from '../../src/bench/result.ts';
import { trainingPage } from '../../src/bench/training-page.ts';
import { UserError } from '../../src/errors.ts';

const spread = (middle: number): { middle: number; low: number; high: number } => ({ middle, low: 0.9 * middle, high: 1.1 * middle });
const rates = {
  matMul: spread(430e9),
  forward: spread(320e9),
  backward: spread(340e9),
  both: spread(333e9),
  share: spread(0.77),
  partOfStep: spread(0.6),
};

const circumstances: Circumstances = {
  measuredAt: '2026-11-21T05:00:00.000Z', command: 'npm run bench -- --quick',
  machine: { cpu: 'A CPU', cores: 2, memoryBytes: 8 * 2 ** 30, system: 'linux-x64 6.1', loadBefore: 0.02 },
  versions: { Node: '20.20.0', PyTorch: '2.15.0' }, titles: { 'gatelab': 'gatelab', 'pytorch': 'PyTorch', 'keras': 'Keras' },
  words: { gatelab: 'packed', pytorch: 'padded', keras: 'in graph mode' }, modelWords: { LSTM: '2 layers', minGRU: 'a scan' },
  leftOut: ['tfjs-layers: it is not here'],
};

const result: BenchResult = {
  ...circumstances, threads: 2,
  data: { location: 'x', reviews: 25_000, testReviews: 25_000, maxLength: 300, meanLength: 206.04, vocabularySize: 20_000 },
  settings: {
    rounds: 12, batchSize: 64, evaluationBatchSize: 256,
    epochBatches: { measured: 24, all: 390.625 }, evaluationBatches: { measured: 12, all: 97.65625 },
  },
  models: [{
    name: 'LSTM', absent: [], recurrent: rates,
    step: [
      { id: 'gatelab', seconds: spread(0.1), ratio: null }, { id: 'pytorch', seconds: spread(0.335), ratio: spread(3.35) },
      { id: 'keras', seconds: spread(0.25), ratio: spread(2.5) },
    ],
    epoch: [{ id: 'gatelab', seconds: spread(25), ratio: null }, { id: 'pytorch', seconds: spread(140), ratio: spread(5.6) }],
    evaluation: [],
    memory: [{ id: 'gatelab', baselineBytes: 300 * 2 ** 20, trainingBytes: 250 * 2 ** 20, evaluationBytes: 260 * 2 ** 20 },
      { id: 'pytorch', baselineBytes: null, trainingBytes: null, evaluationBytes: null }],
  }, {
    name: 'minGRU', absent: ['keras'], recurrent: null, epoch: [], evaluation: [], memory: [],
    step: [{ id: 'gatelab', seconds: spread(0.02), ratio: null }, { id: 'pytorch', seconds: spread(0.2), ratio: spread(10) }],
  }],
  growth: [{ axis: 'vocabulary', value: 20_000, compared: [{ id: 'gatelab', seconds: spread(0.005), ratio: null }] }],
};

const answered: LatencyResult = {
  ...circumstances, titles: { gatelab: 'gatelab', onnxruntime: 'onnxruntime', keras: 'Keras, from ids' },
  words: { gatelab: 'from text', onnxruntime: 'from text too', keras: 'from token ids' },
  data: { location: 'x', maxLength: 300, meanLength: 206.04, vocabularySize: 20_000 },
  answers: [1, 32].map((batchSize) => ({
    model: 'GRU', threads: 1, batchSize, turns: 12, absent: ['keras'],
    compared: [
      { id: 'gatelab', seconds: spread(0.004 * batchSize), ratio: null },
      { id: 'onnxruntime', seconds: spread(0.003 * batchSize), ratio: spread(0.75) },
    ],
  })),
};

it('training is a dated section with its tables, where a peer that lacks a model says so', () => {
  expect(renderMarkdown(trainingPage(result))).toMatchInlineSnapshot(`
    "## Training: LSTM, minGRU

    - Measured 2026-11-21 05:00 UTC by \`npm run bench -- --quick\`
    - CPU: A CPU, 2 cores, 8 GiB, linux-x64 6.1; threads of each: 2; load before the run 0.02 a core
    - Versions: Node 20.20.0, PyTorch 2.15.0
    - Data: 25000 training and 25000 test reviews, cut at 300 tokens, 206.0 on average; padded steps are cut from the same text at random places; 20,000 words
    - Training: Adam 1e-3, clipped at 1; a step is everything from token ids to new parameters and the loss
    - Sits out minGRU: Keras, whose script in scripts/peers has the articles' models alone
    - Model LSTM: 2 layers
    - Model minGRU: a scan
    - gatelab: packed
    - PyTorch: padded
    - Keras: in graph mode
    - Ratios are the time of the other over the time of gatelab
    - Left out: tfjs-layers: it is not here

    ### A padded training step, 64 × 300

    The figures are medians of 12 turns, with quartiles in brackets; ratios are formed turn by turn.

    | model | gatelab | PyTorch | Keras |
    | - | - | - | - |
    | LSTM | 100 ms (90.0 ms–110 ms) | 335 ms = 3.35 (3.02–3.69) × | 250 ms = 2.50 (2.25–2.75) × |
    | minGRU | 20.0 ms (18.0 ms–22.0 ms) | 200 ms = 10.0 (9.00–11.0) × | lacks it |

    ### An epoch of 25,000 reviews

    The figures are estimated from 24 of 390.6 batches of 64, a random sample with the same mix of long and short ones as the whole; brackets hold the 95 % interval of a bootstrap over the batches.

    | model | gatelab | PyTorch |
    | - | - | - |
    | LSTM | 25.0 s (22.5 s–27.5 s) | 140.0 s = 5.60 (5.04–6.16) × |

    ### The recurrent kernels against a matMul, GFLOP/s

    The products in the kernels count as work, 2·N·G·H² of each layer and 2·N·G·H·D of those above the first, backward twice that; gates, copies and the sums of the gradients are in the time. The figures are medians, with quartiles in brackets.

    | model | matMul | forward | backward | both | share of matMul | part of the step |
    | - | - | - | - | - | - | - |
    | LSTM | 430 (387–473) | 320 (288–352) | 340 (306–374) | 333 (300–366) | 77 (69–85) % | 60 (54–66) % |

    ### Peak memory above the libraries' own, MiB

    The figures are the peaks after training / after evaluation too, in a process of its own for each model; brackets hold what was resident before any model.

    | model | gatelab | PyTorch | Keras |
    | - | - | - | - |
    | LSTM | 250 / 260 (300) | – | – |
    | minGRU | – | – | – |

    ### A padded LSTM step by vocabulary

    All else is 64 × 300 and the articles' sizes. The figures are medians, with quartiles in brackets.

    | vocabulary | gatelab |
    | - | - |
    | 20,000 | 5.00 ms (4.50 ms–5.50 ms) |
    "
  `);
});

it('answers are a section with times of one review and rates of batches', () => {
  expect(renderMarkdown(latencyPage(answered))).toMatchInlineSnapshot(`
    "## Answers to texts

    - Measured 2026-11-21 05:00 UTC by \`npm run bench -- --quick\`
    - CPU: A CPU, 2 cores, 8 GiB, linux-x64 6.1; threads of each: 1; load before the run 0.02 a core
    - Versions: Node 20.20.0, PyTorch 2.15.0
    - Data: reviews of the test part of x, drawn at random and cut at 300 tokens, 206.0 on average; 20,000 words
    - What is timed is all from a text to the probabilities of its classes; of competitors that take token ids, all from ids. Weights are those before training
    - Sits out GRU: Keras, from ids, whose script in scripts/peers has the articles' models alone
    - Model LSTM: 2 layers
    - Model minGRU: a scan
    - gatelab: from text
    - onnxruntime: from text too
    - Keras, from ids: from token ids
    - Ratios are the time of the other over the time of gatelab
    - Left out: tfjs-layers: it is not here

    ### One review at a time, one thread

    The figures are medians of turns (12), each with other reviews and with the same for all, with quartiles in brackets, within which reviews of different length lie; ratios are formed turn by turn, of times.

    | model | gatelab | onnxruntime |
    | - | - | - |
    | GRU, one review | 4.00 ms (3.60 ms–4.40 ms) | 3.00 ms = 0.75 (0.68–0.83) × |

    ### Reviews a second in batches, one thread

    The figures are medians of turns (12 of 32), each with other reviews and with the same for all, with quartiles in brackets, within which reviews of different length lie; ratios are formed turn by turn, of times.

    | model | gatelab | onnxruntime |
    | - | - | - |
    | GRU, 32 reviews | 250 /s (227 /s–278 /s) | 333 /s; 0.75 (0.68–0.83) × |
    "
  `);
});

it('all times are lines of a CSV file', () => {
  const answers = renderFigures(latencyPage(answered)), training = renderFigures(trainingPage(result));
  expect(answers).toMatchInlineSnapshot(`
    "measure,model,threads,size,competitor,seconds,secondsLow,secondsHigh,ratio,ratioLow,ratioHigh
    answers,GRU,1,1,gatelab,0.004,0.0036000000000000003,0.0044,,,
    answers,GRU,1,1,onnxruntime,0.003,0.0027,0.0033000000000000004,0.75,0.675,0.8250000000000001
    answers,GRU,1,32,gatelab,0.128,0.11520000000000001,0.1408,,,
    answers,GRU,1,32,onnxruntime,0.096,0.0864,0.10560000000000001,0.75,0.675,0.8250000000000001
    "
  `);
  expect(training.split('\n')).toContain('step,minGRU,2,,pytorch,0.2,0.18000000000000002,0.22000000000000003,10,9,11');
  expect(training.split('\n')).toContain('step by vocabulary,LSTM,2,20000,gatelab,0.005,0.0045000000000000005,0.0055000000000000005,,,');
});

describe('a part of the report', () => {
  const report = '# P\n\n<!-- written by npm run bench: latency -->\n\nold\n\n<!-- end of latency -->\n\nmore\n';

  it('is written anew between its comments', () => {
    expect(replacePart(report, 'latency', 'new\n', 'p.md')).toBe(report.replace('old', 'new'));
  });

  it('must be there', () => {
    expect(() => replacePart(report, 'models', 'new', 'p.md')).toThrow(new UserError(
      'p.md: expected the lines <!-- written by npm run bench: models --> and <!-- end of models -->; put them where the part is to be'));
  });
});

describe('answers of an exported model', () => {
  const competitors = [{ id: 'onnxruntime', title: 'onnxruntime' }, { id: 'pytorch', title: 'PyTorch' }] as const;
  const answersOf = (onnx: number): Parameters<typeof checkAnswers>[1] =>
    new Map([['gatelab', Float64Array.of(0.5, 0.25)], ['onnxruntime', Float64Array.of(0.5, onnx)], ['pytorch', Float64Array.of(0.9, 0.9)]]);

  it('may differ by what its precision makes of them', () => {
    expect(() => { checkAnswers(competitors, answersOf(0.250005)); }).not.toThrow();
  });

  it.each([0.2502, Number.NaN])('may not be another model\'s: %d for 0.25', (onnx) => {
    expect(() => { checkAnswers(competitors, answersOf(onnx)); }).toThrow(/^onnxruntime answers otherwise than gatelab: .*, where 0\.00001 is allowed; /);
  });
});
