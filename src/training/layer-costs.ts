import {
  articlesTrainingFactor, countKeptByArticles, countStepByArticles, countTransformerByArticles, countWithOneBias, isArticlesCell,
} from '../articles/formulas.ts';
import { trainingFactor } from '../models/layer-counts.ts';
import { buildModel } from '../models/build.ts';
import { VALUE_BYTES } from '../models/module.ts';
import type { BatchShape, PartCost } from '../models/module.ts';
import { countParameters } from '../models/parameters.ts';
import { createObjective } from './settings.ts';
import type { NeuralConfig } from './settings.ts';

/** By the articles' formula (null where they give none), and as src/models and src/ops do it. */
export interface Cost {
  readonly articles: number | null;
  readonly exact: number;
}

/** What a layer costs, both directions together; multiply-adds and bytes are those of one batch. */
export interface LayerCost {
  readonly name: string;
  readonly parameters: Cost;
  readonly forwardMultiplyAdds: Cost;
  readonly trainingMultiplyAdds: Cost;
  /** Activations kept from the forward for the backward pass. */
  readonly keptBytes: Cost;
  /** What it is, where there are formulas of its kind. */
  readonly layer?: NonNullable<PartCost['layer']>;
}

/** A classifier, layer by layer, from the embedding to the head: what its parts declare beside the articles' formulas. */
export function computeLayerCosts(config: Omit<NeuralConfig, 'seed'>, vocabularySize: number, shape: BatchShape): LayerCost[] {
  const classes = 2;
  const model = buildModel(config.model, vocabularySize, classes);
  const lossBytes = createObjective(config.training).keptBytes(shape.rows, classes);
  const lines = gatherLines([...model.costs(shape, config.training.gradientCheckpointing)], lossBytes);
  const formulas = articlesFormulas(lines, shape);
  return lines.map(({ name, parameters, multiplyAdds, keptBytes, isRecomputed, layer }, k) => {
    const factor = trainingFactor + (isRecomputed === true ? 1 : 0);
    const { parameters: counted = null, multiplyAdds: step = null, keptBytes: kept = null } = formulas[k] ?? {};
    return {
      name,
      parameters: { articles: counted, exact: countParameters(parameters).total },
      forwardMultiplyAdds: { articles: step, exact: multiplyAdds },
      trainingMultiplyAdds: { articles: step === null ? null : articlesTrainingFactor * step, exact: factor * multiplyAdds },
      keptBytes: { articles: kept, exact: keptBytes },
      ...(layer === undefined ? {} : { layer }),
    };
  });
}

/** Sums over layers; the articles' sum leaves out what they give no formula for, and is null where they give none. */
export function sumCosts(layers: readonly LayerCost[]): LayerCost {
  const sum = (costOf: (layer: LayerCost) => Cost): Cost => {
    const formulas = layers.flatMap((layer) => costOf(layer).articles ?? []);
    return {
      articles: formulas.length === 0 ? null : formulas.reduce((total, value) => total + value, 0),
      exact: layers.reduce((total, layer) => total + costOf(layer).exact, 0),
    };
  };
  return {
    name: 'total',
    parameters: sum(({ parameters }) => parameters),
    forwardMultiplyAdds: sum(({ forwardMultiplyAdds }) => forwardMultiplyAdds),
    trainingMultiplyAdds: sum(({ trainingMultiplyAdds }) => trainingMultiplyAdds),
    keptBytes: sum(({ keptBytes }) => keptBytes),
  };
}

type Line = PartCost & { readonly name: string };

/** What has no line of its own is counted in the next one; the loss, which comes last, in the head's. */
function gatherLines(costs: readonly PartCost[], lossBytes: number): Line[] {
  const lines: Line[] = [];
  let pending = { multiplyAdds: 0, keptBytes: 0 };
  costs.forEach(({ name, multiplyAdds, keptBytes, ...part }, k) => {
    const sum = {
      multiplyAdds: pending.multiplyAdds + multiplyAdds,
      keptBytes: pending.keptBytes + keptBytes + (k === costs.length - 1 ? lossBytes : 0),
    };
    pending = name === null ? sum : { multiplyAdds: 0, keptBytes: 0 };
    if (name !== null) lines.push({ name, ...part, ...sum });
  });
  return lines;
}

interface Formula {
  readonly parameters: number;
  readonly multiplyAdds: number | null;
  readonly keptBytes: number | null;
}

/**
 * The articles' formulas by line: of the embedding and the layers, none of the head; none at all of a model with a layer that they
 * do not give one of.
 */
function articlesFormulas(lines: readonly Line[], { tokens }: BatchShape): (Formula | null)[] {
  const formulas = lines.map(({ layer }) => (layer === undefined ? null : formulaOf(layer, tokens)));
  if (lines.some(({ layer }, k) => layer !== undefined && formulas[k] === null)) return [];
  const multiplyAdds = formulas.some((formula) => typeof formula?.multiplyAdds === 'number') ? 0 : null; // a sum of nothing is none
  return lines.map(({ parameters }, k) => formulas[k]
    ?? (parameters.some(({ group }) => group === 'embedding')
      ? { parameters: countParameters(parameters).total, multiplyAdds, keptBytes: null } : null));
}

function formulaOf(layer: NonNullable<PartCost['layer']>, tokens: number): Formula | null {
  if (layer.kind === 'attention') return { parameters: countTransformerByArticles('encoder', layer), multiplyAdds: null, keptBytes: null };
  const { cell, directions } = layer;
  if (!isArticlesCell(cell)) return null;
  return {
    parameters: directions * countWithOneBias(cell, layer),
    multiplyAdds: directions * tokens * countStepByArticles(cell, layer),
    keptBytes: VALUE_BYTES * directions * tokens * countKeptByArticles(cell, layer),
  };
}
