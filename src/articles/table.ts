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

/** Where one of these differs, a run is of other data, another size or another length of training, and no figure of theirs is its measure. */
export const articlesMeasure: readonly string[] = [
  'data.limit', 'data.maxLength', 'model.layers', 'model.embeddingSize', 'model.hiddenSize', 'training.epochs',
];
