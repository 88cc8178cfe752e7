import { documentsTable } from '../../measure/documents-table.ts';
import type { DocumentsRow } from '../../measure/documents-table.ts';

/** The models of the documents' table. */
export const documentsLabels = ['LSTM', 'BiLSTM', 'GRU'] as const;
export type DocumentsLabel = (typeof documentsLabels)[number];

export function documentsRow(label: DocumentsLabel): DocumentsRow {
  const row = documentsTable[label];
  if (row === undefined) throw new Error(`the documents' table has no row ${label}`);
  return row;
}
