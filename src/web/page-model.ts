import type { Truncation } from '../text/encode.ts';
import type { TokenizerName } from '../text/tokenizer.ts';

/** What a page knows of its model besides weights and vocabulary; it is in the page as JSON. */
export interface PageModel {
  /** In words: `GRU, 2 layers, 256 → 128`; of a served one the run's folder. */
  readonly name: string;
  /** [C] in the order of the outputs. */
  readonly classes: readonly string[];
  readonly reads: Truncation & { readonly tokenizer: TokenizerName };
  /** The model card's table, and its limits. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly limits: string;
}
