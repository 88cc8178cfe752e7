import { flattenConfig } from '../config/layer.ts';
import { bookkeepingKeys, experimentSchemas, isNeural, nameModel } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { describeSetting, findDepartures } from './departures.ts';

/** Each setting that changes what is computed from the same reviews, but the seed, as text. */
export function flattenSettings({ seed: _, ...config }: AnyConfig): Map<string, string> {
  return new Map(flattenConfig(config)
    .filter(([key]) => !bookkeepingKeys.includes(key))
    .map(([key, value]) => [key, String(value)]));
}

/**
 * Two configs are of one model, the seed aside, where this text is the same: the one place that decides it.
 * @param except keys in which they may differ
 */
export function identifyModel(config: AnyConfig, except: readonly string[] = []): string {
  return JSON.stringify([...flattenSettings(config)].filter(([key]) => !except.includes(key)));
}

/** The articles' three, the recurrent models they have no figures of, their printed GRU, the baselines; then what is none of these. */
const order = [/^LSTM$/, /^BiLSTM$/, /^GRU$/, /^RNN$/, /^BiRNN$/, /^BiGRU$/, /^printed/, /^Bag of words$/, /^NB-SVM$/];

/**
 * Where a model stands in tables and pictures: with the articles' settings first, then in the articles' order; the baselines always
 * last.
 */
export function rankModel(config: AnyConfig): number {
  const at = order.findIndex((pattern) => pattern.test(nameModel(config)));
  const group = isNeural(config) ? Number(findDepartures(config).length > 0) : 2;
  return group * (order.length + 1) + (at < 0 ? order.length : at);
}

/**
 * A label for each of several configs, no two the same: the model's name and what sets this one apart, which is where it is not the
 * default and a namesake has something else, or where it departs from the articles' settings and another neural model does not:
 * `GRU, hiddenSize 64`.
 * @param configs all different, the seed aside
 */
export function labelModels(configs: readonly AnyConfig[]): string[] {
  const neural = configs.filter(isNeural).map(flattenSettings);
  return configs.map((config) => {
    const name = nameModel(config);
    const settings = flattenSettings(config);
    const defaults = flattenSettings(experimentSchemas[config.model.type].parse({}));
    const departures = new Set(findDepartures(config).map(({ key }) => key));
    const namesakes = configs.filter((other) => nameModel(other) === name).map(flattenSettings);
    const differing = [...settings].filter(([key, value]) => {
      const others = departures.has(key) ? neural : namesakes;
      return value !== defaults.get(key) && others.some((other) => other.get(key) !== value);
    });
    return [name, ...differing.map(([key, value]) => describeSetting({ key, value }))].join(', ');
  });
}
