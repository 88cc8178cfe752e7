const HALF = 0.5;

/** The label that a probability of label 1 stands for: 0 where both are as likely, as where two logits are equal. */
export function toLabel(probability: number): 0 | 1 {
  return probability > HALF ? 1 : 0;
}
