const HALF = 0.5;

/** The label that a probability of label 1 stands for: 0 where both are as likely, as where two logits are equal. */
export function toLabel(probability: number): 0 | 1 {
  return probability > HALF ? 1 : 0;
}

const UNEVEN_SHARE = 0.55;
const FEW_REVIEWS = 1000;
/** Of a normal distribution, two-sided, 95 %. */
const Z = 1.96;

/** What answering always with the more frequent label gives on these reviews, where the labels are uneven; null where they are not. */
export function describeMajority({ positive, reviews }: { readonly positive: number; readonly reviews: number }): string | null {
  const share = Math.max(positive, reviews - positive) / Math.max(1, reviews);
  if (share < UNEVEN_SHARE) return null;
  return `always answering ${positive > reviews - positive ? 'positive' : 'negative'} gives ${(100 * share).toFixed(2)} %`;
}

/** How far chance alone moves an accuracy on so few test reviews; null where there are enough of them. */
export function describeResolution(reviews: number): string | null {
  if (reviews >= FEW_REVIEWS) return null;
  const points = 100 * Z * Math.sqrt(0.25 / Math.max(1, reviews));
  return `only ${reviews} test ${reviews === 1 ? 'review' : 'reviews'}: chance alone moves an accuracy by up to ±${points.toFixed(1)} points (95 %)`;
}
