/** One layer of a Transformer (Vaswani et al. 2017). */
export interface TransformerSizes {
  /** d, the width of the model. */
  readonly embeddingSize: number;
  /** ff, the width within the feed-forward part. */
  readonly feedForwardSize: number;
}

export type TransformerPart = 'encoder' | 'decoder';

/** Attention blocks of a layer: its own, and a decoder's look at the encoder. */
const attentions: Readonly<Record<TransformerPart, number>> = { encoder: 1, decoder: 2 };

/** The articles' derivation: encoder 4d² + 4·d·ff + ff + 5d, decoder 8d² + 4·d·ff + ff + 6d (C18). */
export function countTransformerByArticles(part: TransformerPart, { embeddingSize: d, feedForwardSize: ff }: TransformerSizes): number {
  const vectors = { encoder: 5, decoder: 6 };
  return attentions[part] * 4 * d * d + 4 * d * ff + ff + vectors[part] * d;
}

/** The closed forms their table prints beside it: 12d² + 9·d·ff + 14d and 14d² + 9·d·ff + 15d (C18). */
export function countTransformerByClosedForm(part: TransformerPart, { embeddingSize: d, feedForwardSize: ff }: TransformerSizes): number {
  const [squares, vectors] = { encoder: [12, 14] as const, decoder: [14, 15] as const }[part];
  return squares * d * d + 9 * d * ff + vectors * d;
}

/**
 * As torch.nn.TransformerEncoderLayer and TransformerDecoderLayer: each attention has four d×d products with biases, the
 * feed-forward part two matrices d×ff with biases, and each part is followed by a layer norm (2d).
 */
export function countTransformerExactly(part: TransformerPart, { embeddingSize: d, feedForwardSize: ff }: TransformerSizes): number {
  const attention = 4 * (d * d + d);
  const feedForward = 2 * d * ff + ff + d;
  return attentions[part] * attention + feedForward + (attentions[part] + 1) * 2 * d;
}
