import { expect, it } from 'vitest';
import { renderMarkdown } from '../../src/bench/render.ts';
import type { BenchResult } from '../../src/bench/result.ts';

const spread = (middle: number): { middle: number; low: number; high: number } => ({ middle, low: 0.9 * middle, high: 1.1 * middle });
const rates = {
  matMul: spread(430e9),
  forward: spread(320e9),
  backward: spread(340e9),
  both: spread(333e9),
  share: spread(0.77),
  partOfStep: spread(0.6),
};

const result: BenchResult = {
  measuredAt: '2026-11-21T05:00:00.000Z', command: 'npm run bench -- --quick',
  machine: { cpu: 'A CPU', cores: 2, memoryBytes: 8 * 2 ** 30, system: 'linux-x64 6.1', loadBefore: 0.02 },
  threads: 2, versions: { Node: '20.20.0', PyTorch: '2.15.0' }, titles: { 'gatelab': 'gatelab', 'pytorch': 'PyTorch' },
  data: { location: 'x', reviews: 25_000, testReviews: 25_000, maxLength: 300, meanLength: 206.04 },
  settings: {
    rounds: 12, batchSize: 64, evaluationBatchSize: 256,
    epochBatches: { measured: 24, all: 390.625 }, evaluationBatches: { measured: 12, all: 97.65625 },
  },
  models: [{
    name: 'LSTM', recurrent: rates,
    step: [{ id: 'gatelab', seconds: spread(0.1), ratio: null }, { id: 'pytorch', seconds: spread(0.335), ratio: spread(3.35) }],
    epoch: [{ id: 'gatelab', seconds: spread(25), ratio: null }, { id: 'pytorch', seconds: spread(140), ratio: spread(5.6) }],
    evaluation: [],
    memory: [{ id: 'gatelab', baselineBytes: 300 * 2 ** 20, trainingBytes: 250 * 2 ** 20, evaluationBytes: 260 * 2 ** 20 },
      { id: 'pytorch', baselineBytes: null, trainingBytes: null, evaluationBytes: null }],
  }],
  growth: [{ axis: 'vocabulary', value: 20_000, compared: [{ id: 'gatelab', seconds: spread(0.005), ratio: null }] }],
  leftOut: ['keras: python3 cannot be run: spawn python3 ENOENT'],
};

it('a result is a dated page with its tables', () => {
  expect(renderMarkdown(result)).toMatchInlineSnapshot(`
    "# Performance

    - Measured 2026-11-21 05:00 UTC by \`npm run bench -- --quick\`
    - CPU: A CPU, 2 cores, 8 GiB, linux-x64 6.1; threads of each: 2; load before the run 0.02 a core
    - Versions: Node 20.20.0, PyTorch 2.15.0
    - Data: 25000 training and 25000 test reviews, cut at 300 tokens, 206.0 on average; padded steps are cut from the same text at random places
    - Model: the articles' two layers, 256 → 128, 20,000 words, dropout 0.5 between them; Adam 1e-3, clipped at 1; a step is everything from token ids to new parameters and the loss
    - gatelab: bucketed by length and packed, without padding
    - PyTorch: nn.LSTM and its like on batches padded to the greatest length, as its users write it
    - Ratios are the time of the other over the time of gatelab
    - Left out: keras: python3 cannot be run: spawn python3 ENOENT

    ## A padded training step, 64 × 300

    The figures are medians of 12 turns, with quartiles in brackets; ratios are formed turn by turn.

    | model | gatelab | PyTorch |
    | - | - | - |
    | LSTM | 100 ms (90.0 ms–110 ms) | 335 ms = 3.35 (3.02–3.69) × |

    ## An epoch of 25,000 reviews

    The figures are estimated from 24 of 390.6 batches of 64, a random sample with the same mix of long and short ones as the whole; brackets hold the 95 % interval of a bootstrap over the batches.

    | model | gatelab | PyTorch |
    | - | - | - |
    | LSTM | 25.0 s (22.5 s–27.5 s) | 140.0 s = 5.60 (5.04–6.16) × |

    ## The recurrent kernels against a matMul, GFLOP/s

    The products in the kernels count as work, 2·N·G·H² of each layer and 2·N·G·H·D of those above the first, backward twice that; gates, copies and the sums of the gradients are in the time. The figures are medians, with quartiles in brackets.

    | model | matMul | forward | backward | both | share of matMul | part of the step |
    | - | - | - | - | - | - | - |
    | LSTM | 430 (387–473) | 320 (288–352) | 340 (306–374) | 333 (300–366) | 77 (69–85) % | 60 (54–66) % |

    ## Peak memory above the libraries' own, MiB

    The figures are the peaks after training / after evaluation too, in a process of its own for each model; brackets hold what was resident before any model.

    | model | gatelab | PyTorch |
    | - | - | - |
    | LSTM | 250 / 260 (300) | – |

    ## A padded LSTM step by vocabulary

    All else is 64 × 300 and the articles' sizes. The figures are medians, with quartiles in brackets.

    | vocabulary | gatelab |
    | - | - |
    | 20,000 | 5.00 ms (4.50 ms–5.50 ms) |
    "
  `);
});
