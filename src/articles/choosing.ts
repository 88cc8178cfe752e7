/** What the articles look at when they choose a model. */
export interface TextTask {
  /** Tokens of a usual text. */
  readonly length: number;
  /** Whether the model has to fit a small device. The articles do not say what is small. */
  readonly isConstrained: boolean;
}

/** A model that an article advises. */
export interface Advice {
  /** The claim that says it: see src/articles/claims. */
  readonly claim: 'C10' | 'C23';
  /** The case of it that holds, in words. */
  readonly rule: string;
  /** Of the project: the model advised, and the gradient clipping that goes with it. */
  readonly config: string;
  /** Whether its weights are to be kept in 8 bits. */
  readonly quantised: boolean;
}

/** Article E: an RNN below this length, and a GRU from it on. */
export const SHORT_BELOW = 20;
/** Article E: a GRU up to this length, an LSTM above. Article A calls about this length moderate. */
export const MODERATE_TO = 100;

/** Article E's choice by length (claim C23); a constrained device comes first, since nothing else would run on it. */
export function adviseByLength({ length, isConstrained }: TextTask): Advice {
  const advice = { claim: 'C23', quantised: false } as const;
  if (isConstrained) return { ...advice, rule: 'constrained devices: a GRU + 8-bit quantisation', config: 'gru.yaml', quantised: true };
  if (length < SHORT_BELOW) return { ...advice, rule: `below ${SHORT_BELOW} steps: an RNN + bidirectional`, config: 'birnn.yaml' };
  if (length <= MODERATE_TO) return { ...advice, rule: `${SHORT_BELOW} to ${MODERATE_TO} steps: a GRU`, config: 'gru.yaml' };
  return { ...advice, rule: `above ${MODERATE_TO} steps: an LSTM + gradient clipping`, config: 'lstm.yaml' };
}

/** Article A's advice (claim C10), as far as it can be told from a task. What it says of bidirectional models is the reader's to weigh. */
export function adviseByUse({ length, isConstrained }: TextTask): Advice {
  const advice = { claim: 'C10', quantised: false } as const;
  if (isConstrained) return { ...advice, rule: 'constrained devices: a GRU', config: 'gru.yaml' };
  if (length <= MODERATE_TO) return { ...advice, rule: `moderate length, about ${MODERATE_TO}: a GRU`, config: 'gru.yaml' };
  return { ...advice, rule: 'long dependencies: an LSTM; bidirectional where context matters most and twice the cost is acceptable',
    config: 'lstm.yaml' };
}
