import { cells } from '../ops/cells.ts';
import {
  calculateParameters, countStepByArticles, articlesTrainingFactor, countGateWeights, countWithOneBias, countWithTwoBiases, gateCounts,
  countTransformerByClosedForm, countTransformerByArticles,
} from './formulas.ts';
import { countBuiltLayer, countBuiltTransformer, trainingFactor } from '../models/layer-counts.ts';

/** An example that the articles work out. */
export interface WorkedExample {
  readonly claim: string;
  readonly what: string;
  readonly formula: string;
  /** As printed; null where they print the formula only. */
  readonly figure: number | null;
  /** Whether they give it as rounded (≈). */
  readonly rounded?: boolean;
  /** What their formula gives. */
  readonly byFormula: number;
  /** What the model built to torch.nn's definition has. */
  readonly exact: number;
  /** Why figure, formula and exact count differ, where they do. */
  readonly why: string;
}

/** `about`: a figure the articles give as rounded, within 5 % of the exact one. */
export type Agreement = 'agrees' | 'about' | 'differs';

const ROUNDING = 0.05;

/** Whether figure and formula both say what is exact. */
export function judgeExample({ figure, byFormula, exact, rounded = false }: WorkedExample): Agreement {
  if ((figure === null || figure === byFormula) && byFormula === exact) return 'agrees';
  const far = Math.max(Math.abs((figure ?? byFormula) - exact), Math.abs(byFormula - exact));
  return rounded && far <= ROUNDING * exact ? 'about' : 'differs';
}

const secondBias = 'torch.nn has two biases a gate, the formula one';
const small = { inputSize: 128, hiddenSize: 128 };
const classifier = { inputSize: 256, hiddenSize: 128 };
const wide = { inputSize: 512, hiddenSize: 512 };
const transformer = { embeddingSize: 512, feedForwardSize: 2048 };
const built = (cell: 'rnn' | 'lstm' | 'gru', sizes: typeof small): number => {
  const { weights, biases } = countBuiltLayer(cell, sizes);
  return weights + biases;
};

/** Their examples of recurrent layers: C1, C2, C11 to C13. */
function recurrentExamples(): WorkedExample[] {
  const named = { rnn: 'an RNN', gru: 'a GRU', lstm: 'an LSTM' } as const;
  const inOrder = ['rnn', 'gru', 'lstm'] as const;
  const cut = { rnn: 0.5e6, gru: 1.5e6, lstm: 2.0e6 };
  return [
    ...([['lstm', 131_072], ['gru', 98_304]] as const).map(([cell, figure]) => ({
      claim: 'C1', what: `weights of ${named[cell]} layer, D = H = 128`, formula: `${gateCounts[cell]}·(D + H)·H`,
      figure, byFormula: countGateWeights(cell, small), exact: countBuiltLayer(cell, small).weights,
      why: 'biases are left out on both sides',
    })),
    ...([['lstm', 197_632], ['gru', 148_224]] as const).map(([cell, figure]) => ({
      claim: 'C2', what: `parameters of nn.${cell.toUpperCase()}(256, 128)`, formula: `${gateCounts[cell]}·(D·H + H² + 2·H)`,
      figure, byFormula: countWithTwoBiases(cell, classifier), exact: built(cell, classifier), why: '',
    })),
    ...inOrder.map((cell) => ({
      claim: 'C11', what: `parameters of ${named[cell]} layer, D = H = 512: about ${2 * gateCounts[cell]}·H²`,
      formula: `${gateCounts[cell] === 1 ? '' : `${gateCounts[cell]}·`}(D·H + H² + H)`,
      figure: 2 * gateCounts[cell] * 512 ** 2, rounded: true, byFormula: countWithOneBias(cell, wide), exact: built(cell, wide),
      why: `the figure leaves out biases; ${secondBias}; the ratio 1 : 3 : 4 is exact`,
    })),
    ...inOrder.map((cell) => ({
      claim: 'C12', what: `multiply-adds of ${named[cell]} step, D = H = 512`,
      formula: `${gateCounts[cell] === 1 ? '' : `${gateCounts[cell]}·`}(D + H)·H`,
      figure: cut[cell], rounded: true, byFormula: countStepByArticles(cell, wide), exact: cells[cell].gates * (512 + 512) * 512,
      why: 'the figure is cut to a digit',
    })),
    {
      claim: 'C13', what: 'training, in forward passes', formula: '2 × forward', figure: 2, byFormula: articlesTrainingFactor,
      exact: trainingFactor,
      why: 'the backward pass alone is 2 × the forward: gradients of weights and of inputs',
    },
  ];
}

/** Their Transformer layers and the worked example of article D: C17 to C19. */
function comparisonExamples(): WorkedExample[] {
  const sizes = { ...transformer, hiddenSize: 512, layers: 1, vocabularySize: 50_000 };
  const lstm = calculateParameters('lstm', sizes), gru = calculateParameters('gru', sizes);
  const encoder = calculateParameters('transformer-encoder', { ...sizes, layers: 6 });
  const twice = 'the feed-forward part is counted twice (two matrices are 2·d·ff), and biases are missing';
  const closed = 'the closed form follows from no derivation, and contradicts theirs';
  return [
    ...(['lstm', 'gru'] as const).map((cell) => ({
      claim: 'C17', what: `parameters of ${cell === 'lstm' ? 'an LSTM' : 'a GRU'} layer, d = 256, h = 128`,
      formula: `${gateCounts[cell]}·(d·h + h² + h)`,
      figure: null, byFormula: countWithOneBias(cell, classifier), exact: built(cell, classifier), why: secondBias,
    })),
    ...(['encoder', 'decoder'] as const).flatMap((part) => {
      const exact = countBuiltTransformer(part, transformer);
      const [derived, printed] = part === 'encoder'
        ? ['4d² + 4·d·ff + ff + 5d', '12d² + 9·d·ff + 14d'] : ['8d² + 4·d·ff + ff + 6d', '14d² + 9·d·ff + 15d'];
      const what = `parameters of ${part === 'encoder' ? 'an' : 'a'} ${part} layer, d = 512, ff = 2048`;
      return [
        { claim: 'C18', what, formula: derived, figure: null, byFormula: countTransformerByArticles(part, transformer), exact, why: twice },
        {
          claim: 'C18', what, formula: printed, figure: null, byFormula: countTransformerByClosedForm(part, transformer), exact,
          why: closed,
        },
      ];
    }),
    {
      claim: 'C19', what: 'LSTM, d = h = 512', formula: '4·(d·h + h² + h)', figure: 2_100_352, byFormula: lstm.articles.layers,
      exact: lstm.exact.layers, why: `their figure is not what their formula gives; ${secondBias}`,
    },
    {
      claim: 'C19', what: 'GRU, d = h = 512', formula: '3·(d·h + h² + h)', figure: 1_574_400, byFormula: gru.articles.layers,
      exact: gru.exact.layers, why: secondBias,
    },
    {
      claim: 'C19', what: 'encoder × 6 with embedding', formula: 'V·d + 6·(4d² + 4·d·ff + ff + 5d)', figure: 57_084_928,
      byFormula: encoder.articles.total, exact: encoder.exact.total, why: twice,
    },
    {
      claim: 'C19', what: 'embedding of 50,000 words, d = 512', formula: 'V·d', figure: 25_600_000,
      byFormula: encoder.articles.embedding, exact: encoder.exact.embedding, why: '',
    },
  ];
}

export function computeWorkedExamples(): WorkedExample[] {
  return [...recurrentExamples(), ...comparisonExamples()];
}
