import { shellWord } from '../../typed-command.js';
import type { DataConfig } from '../settings.ts';

/** How a table is to be read, and how the person at the keyboard says it otherwise. */
export interface TableOptions
  extends Pick<DataConfig, 'textColumn' | 'labelColumn' | 'splitColumn' | 'testPath' | 'validationPath' | 'testFraction' | 'encoding'> {
  /** Messages name a `key` of the config, set with --set, or the `option` of a command that takes no config. */
  readonly naming: 'key' | 'option';
}

/** Where a config says nothing. */
export const defaultTableOptions: TableOptions = {
  textColumn: 'review', labelColumn: 'sentiment', splitColumn: null, testPath: null, validationPath: null, testFraction: 0.5,
  encoding: 'auto', naming: 'key',
};

/** As a config has them. */
export function tableOptionsOf(data: DataConfig): TableOptions {
  const { textColumn, labelColumn, splitColumn, testPath, validationPath, testFraction, encoding } = data;
  return { textColumn, labelColumn, splitColumn, testPath, validationPath, testFraction, encoding, naming: 'key' };
}

/** `--set data.textColumn=body` or `--text-column body`, for a message. */
export function nameSetting({ naming }: Pick<TableOptions, 'naming'>, key: keyof DataConfig, value: string): string {
  const option = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return naming === 'key' ? `--set ${shellWord(`data.${key}=${value}`)}` : `--${option} ${shellWord(value)}`;
}
