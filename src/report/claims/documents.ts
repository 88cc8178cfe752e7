import type { ExperimentConfig } from '../../config/schema.ts';
import { documentsSettings, documentsTable } from '../../measure/documents-table.ts';
import type { DocumentsRow } from '../../measure/documents-table.ts';

/** The models of the documents' table. */
export const documentsLabels = ['LSTM', 'BiLSTM', 'GRU'] as const;
export type DocumentsLabel = (typeof documentsLabels)[number];

export function documentsRow(label: DocumentsLabel): DocumentsRow {
  const row = documentsTable[label];
  if (row === undefined) throw new Error(`the documents' table has no row ${label}`);
  return row;
}

/** Whether a config has the hyper-parameters that all models of the documents share. */
export function hasDocumentsSettings(config: ExperimentConfig): boolean {
  const sections = config as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return Object.entries(documentsSettings).every(([path, value]) => {
    const [section = '', key = ''] = path.split('.');
    return sections[section]?.[key] === value;
  });
}
