/** A row of the articles' main table (A, claims C3 to C7). Their times are those of a GPU they do not name. */
export interface ArticlesRow {
  /** As they round it. */
  readonly parameters: number;
  readonly epochSeconds: number;
  /** A fraction. Whether on test or validation, and of which epoch, they do not say. */
  readonly bestAccuracy: number;
  /** By a definition they do not give. */
  readonly convergenceEpoch: number;
}

/** By the model's name. */
export const articlesTable: Readonly<Record<string, ArticlesRow>> = {
  LSTM: { parameters: 2.1e6, epochSeconds: 142, bestAccuracy: 0.872, convergenceEpoch: 12 },
  BiLSTM: { parameters: 4.2e6, epochSeconds: 210, bestAccuracy: 0.885, convergenceEpoch: 15 },
  GRU: { parameters: 1.6e6, epochSeconds: 118, bestAccuracy: 0.868, convergenceEpoch: 10 },
};

/** The hyper-parameters that all variants of that table share, by the config's keys. */
export const articlesSettings: Readonly<Record<string, number>> = {
  'data.maxLength': 300,
  'model.layers': 2, 'model.embeddingSize': 256, 'model.hiddenSize': 128,
  'model.dropoutRate': 0.5, 'model.embeddingDropoutRate': 0, 'model.headDropoutRate': 0,
  'training.epochs': 20, 'training.batchSize': 64, 'training.learningRate': 1e-3,
};
