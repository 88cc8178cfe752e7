export const articleLetters = ['A', 'B', 'C', 'D', 'E'] as const;

/** By this letter the product names an article everywhere. */
export type ArticleLetter = (typeof articleLetters)[number];

/** One of the five articles, all in Chinese, whose figures and claims this project checks. */
export interface Article {
  readonly letter: ArticleLetter;
  /** As it is printed. */
  readonly title: string;
  readonly englishTitle: string;
  /** Null where it is not known. */
  readonly link: string | null;
  /** The claims that it makes, `C1` to `C23`. */
  readonly claims: readonly string[];
}

export const articles: readonly Article[] = [
  {
    letter: 'A', title: 'LSTM 与 GRU 门控机制对比:3 种变体在 PyTorch 中的参数量与收敛速度实测',
    englishTitle: 'LSTM and GRU gates compared: parameters and convergence of three variants measured in PyTorch',
    link: null, claims: ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8', 'C9', 'C10'],
  },
  {
    letter: 'B', title: 'RNN、GRU 与 LSTM 计算成本深入对比', englishTitle: 'The computational cost of RNN, GRU and LSTM compared in depth',
    link: 'https://lryc.cn/news/589039.html', claims: ['C11', 'C12', 'C13', 'C14', 'C15'],
  },
  {
    letter: 'C', title: 'RNN 和 Transformer 复杂度比较', englishTitle: 'The complexity of RNN and Transformer compared',
    link: null, claims: ['C16'],
  },
  {
    letter: 'D', title: 'LSTM、GRU 与 Transformer网络模型参数计算', englishTitle: 'Counting the parameters of LSTM, GRU and Transformer networks',
    link: 'https://blog.csdn.net/suixinm/article/details/148856379', claims: ['C17', 'C18', 'C19'],
  },
  {
    letter: 'E', title: '循环神经网络家族技术全解析:RNN、LSTM与GRU对比与实战',
    englishTitle: 'The recurrent family in full: RNN, LSTM and GRU compared and in practice',
    link: null, claims: ['C20', 'C21', 'C22', 'C23'],
  },
];

/** @throws Error for a claim that none of them makes */
export function articleOfClaim(claim: string): Article {
  const article = articles.find(({ claims }) => claims.includes(claim));
  if (article === undefined) throw new Error(`no article makes the claim ${claim}`);
  return article;
}

/** The articles that make these claims, in order. */
export function articlesOfClaims(ids: readonly string[]): Article[] {
  return articles.filter(({ claims }) => claims.some((claim) => ids.includes(claim)));
}

/** The models that article A's table has figures of, in its order. */
export const articlesLabels = ['LSTM', 'BiLSTM', 'GRU'] as const;
export type ArticlesLabel = (typeof articlesLabels)[number];

/** A row of article A's table (claims C3 to C7). The times are those of a GPU that it does not name. */
export interface ArticlesRow {
  /** Rounded, as printed. */
  readonly parameters: number;
  readonly epochSeconds: number;
  /** A fraction. Whether it is of test or validation reviews, and of which epoch, the article does not say. */
  readonly bestAccuracy: number;
  /** By a definition that the article does not give. */
  readonly convergenceEpoch: number;
}

export const articlesTable: Readonly<Record<ArticlesLabel, ArticlesRow>> = {
  LSTM: { parameters: 2.1e6, epochSeconds: 142, bestAccuracy: 0.872, convergenceEpoch: 12 },
  BiLSTM: { parameters: 4.2e6, epochSeconds: 210, bestAccuracy: 0.885, convergenceEpoch: 15 },
  GRU: { parameters: 1.6e6, epochSeconds: 118, bestAccuracy: 0.868, convergenceEpoch: 10 },
};

/** @param name of a model, `BiLSTM` @returns null where the articles have no figures of it */
export function findArticlesRow(name: string): ArticlesRow | null {
  const label = articlesLabels.find((known) => known === name);
  return label === undefined ? null : articlesTable[label];
}

/** Reviews of IMDB, all of which the articles' figures are of. */
export const articlesReviews = { train: 25_000, test: 25_000 } as const;

/** The settings that all models of that table share, by the config's keys; null where a setting takes nothing away. */
export const articlesSettings: Readonly<Record<string, number | null>> = {
  'data.limit': null, 'data.maxLength': 300,
  'model.layers': 2, 'model.embeddingSize': 256, 'model.hiddenSize': 128,
  'model.dropoutRate': 0.5, 'model.embeddingDropoutRate': 0, 'model.headDropoutRate': 0,
  'training.epochs': 20, 'training.batchSize': 64, 'training.learningRate': 1e-3,
};

/**
 * Where one of these differs, a run is of other data, another size or another length of training, and no figure of theirs is its
 * measure.
 */
export const articlesMeasure: readonly string[] = [
  'data.limit', 'data.maxLength', 'model.layers', 'model.embeddingSize', 'model.hiddenSize', 'training.epochs',
];
