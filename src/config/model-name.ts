import type { ModelConfig } from './schema.ts';

/** As the articles name it: `LSTM`; `printed GRU` is the one they print (C9). */
export function nameCell(cell: ModelConfig['cell']): string {
  return cell === 'gru-printed' ? 'printed GRU' : cell.toUpperCase();
}

/** `LSTM`, `BiGRU`, `printed BiGRU`. */
export function nameClassifier({ cell, bidirectional }: Pick<ModelConfig, 'cell' | 'bidirectional'>): string {
  return bidirectional ? nameCell(cell).replace(/(\w+)$/, 'Bi$1') : nameCell(cell);
}
