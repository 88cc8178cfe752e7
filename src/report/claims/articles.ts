import { articlesTable } from '../../measure/articles-table.ts';
import type { ArticlesRow } from '../../measure/articles-table.ts';

/** The models of the articles' table. */
export const articlesLabels = ['LSTM', 'BiLSTM', 'GRU'] as const;
export type ArticlesLabel = (typeof articlesLabels)[number];

export function articlesRow(label: ArticlesLabel): ArticlesRow {
  const row = articlesTable[label];
  if (row === undefined) throw new Error(`the articles' table has no row ${label}`);
  return row;
}
