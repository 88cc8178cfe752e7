import { nameClassifier } from '../config/model-name.ts';
import type { ModelConfig } from '../config/schema.ts';
import { classifierSpecs, modelDirections } from '../models/parameters.ts';
import type { ParameterSpec } from '../models/parameters.ts';
import { countKeptByArticles, countKeptByRecurrence, countKeptParameters, VALUE_BYTES } from './kept-activations.ts';
import { countLayerForward, countStepByArticles, articlesTrainingFactor, trainingFactor } from './multiply-adds.ts';
import { countParameters } from './parameters.ts';
import { countWithOneBias } from './recurrent-parameters.ts';

/** A batch of B rows of T tokens each, N = B·T, of which U are distinct. */
export interface BatchShape {
  readonly rows: number;
  readonly tokens: number;
  readonly distinctTokens: number;
}

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
}

/** The articles' classifier, layer by layer, from the embedding to the head. */
export function computeLayerCosts(config: ModelConfig, vocabularySize: number, shape: BatchShape): LayerCost[] {
  const specs = classifierSpecs(config, vocabularySize);
  return [
    embeddingCost(config, specs, shape),
    ...Array.from({ length: config.layers }, (_, layer) => recurrentCost(config, specs, layer, shape)),
    headCost(config, specs, shape),
  ];
}

/** Sums over layers; the articles' sum leaves out what they give no formula for. */
export function sumCosts(layers: readonly LayerCost[]): LayerCost {
  const sum = (costOf: (layer: LayerCost) => Cost): Cost => ({
    articles: layers.reduce((total, layer) => total + (costOf(layer).articles ?? 0), 0),
    exact: layers.reduce((total, layer) => total + costOf(layer).exact, 0),
  });
  return {
    name: 'total',
    parameters: sum(({ parameters }) => parameters),
    forwardMultiplyAdds: sum(({ forwardMultiplyAdds }) => forwardMultiplyAdds),
    trainingMultiplyAdds: sum(({ trainingMultiplyAdds }) => trainingMultiplyAdds),
    keptBytes: sum(({ keptBytes }) => keptBytes),
  };
}

const nothing: Cost = { articles: 0, exact: 0 };

function embeddingCost({ embeddingSize, embeddingDropoutRate }: ModelConfig, specs: readonly ParameterSpec[], { tokens, distinctTokens }: BatchShape): LayerCost {
  const { embedding } = countParameters(specs);
  const keptRows = embeddingDropoutRate > 0 ? 0 : distinctTokens; // else dropout's output is kept instead
  return {
    name: 'embedding', parameters: { articles: embedding, exact: embedding },
    forwardMultiplyAdds: nothing, trainingMultiplyAdds: nothing,
    keptBytes: { articles: null, exact: VALUE_BYTES * (keptRows * embeddingSize + tokens) }, // and which row each token is
  };
}

function recurrentCost(config: ModelConfig, specs: readonly ParameterSpec[], layer: number, { rows, tokens, distinctTokens }: BatchShape): LayerCost {
  const { cell, hiddenSize, embeddingSize } = config;
  const directions = modelDirections(config).length;
  const sizes = { inputSize: layer === 0 ? embeddingSize : hiddenSize * directions, hiddenSize };
  const counts = { tokens, inputRows: layer === 0 && config.embeddingDropoutRate === 0 ? distinctTokens : tokens };
  const own = specs.filter(({ name }) => new RegExp(`^rnn\\..*_l${layer}(_reverse)?$`).test(name));
  const forward = directions * countLayerForward(cell, sizes, counts);
  const byArticles = directions * tokens * countStepByArticles(cell, sizes);
  const finalRows = layer === config.layers - 1 ? directions * rows : 0; // which packed row is each row's last
  const kept = ownInput(config, layer) * tokens * sizes.inputSize + directions * (countKeptByRecurrence(cell, hiddenSize, tokens) + countKeptParameters(cell, sizes)) + finalRows;
  return {
    name: `${nameClassifier(config)} layer ${layer + 1}`,
    parameters: { articles: directions * countWithOneBias(cell, sizes), exact: countParameters(own).total },
    forwardMultiplyAdds: { articles: byArticles, exact: forward },
    trainingMultiplyAdds: { articles: articlesTrainingFactor * byArticles, exact: trainingFactor * forward },
    keptBytes: { articles: VALUE_BYTES * directions * tokens * countKeptByArticles(cell, sizes), exact: VALUE_BYTES * kept },
  };
}

/** 1 where a layer's input is a tensor of its own: after dropout, or two directions side by side. Else it is the layer below's output. */
function ownInput(config: ModelConfig, layer: number): 0 | 1 {
  if (layer === 0) return config.embeddingDropoutRate > 0 ? 1 : 0;
  return config.dropoutRate > 0 || config.bidirectional ? 1 : 0;
}

/** What tfjs keeps of a row for the gradient of the cross-entropy of two logits, its label included. */
const LOSS_VALUES = 18;

function headCost(config: ModelConfig, specs: readonly ParameterSpec[], { rows }: BatchShape): LayerCost {
  const directions = modelDirections(config).length;
  const width = directions * config.hiddenSize;
  const forward = rows * width * 2;
  const { head } = countParameters(specs);
  return {
    name: 'head and loss', parameters: { articles: null, exact: head },
    forwardMultiplyAdds: { articles: null, exact: forward },
    trainingMultiplyAdds: { articles: null, exact: trainingFactor * forward },
    keptBytes: { articles: null, exact: VALUE_BYTES * rows * (width * directions + LOSS_VALUES) }, // final states, again when side by side
  };
}
