import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import type { Environment } from './records.ts';

/**
 * The config with `data.source` as the reviews have it that were opened: `sample` where the sample stood in for IMDB, `file` for a
 * person's own table, so that it gives the same run again. Before 0.2 a run on a table had `imdb` there.
 */
export function withSource<Config extends AnyConfig>(config: Config, { kind }: Pick<Environment['dataset'], 'kind'>): Config {
  if (config.data.source === 'sample') return config;
  const source = kind === 'sample' || kind === 'imdb' ? kind : 'file';
  return source === config.data.source ? config : { ...config, data: { ...config.data, source } };
}

/** The config a run keeps in its folder. @throws UserError when it is damaged */
export function loadStoredConfig(folder: string, { dataset }: Environment): AnyConfig {
  return withSource(loadConfig(resolve(folder, 'config.yaml')).config, dataset);
}
