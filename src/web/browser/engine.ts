import type { PageModel } from '../page-model.ts';

/** Who answers a page: the server that sent it, or a runtime in the page itself. */
export interface Engine {
  /** Sequences to ask of it at once. */
  readonly batch: number;
  /** [sequences][C] the probabilities of token sequences, in their order. @throws Error with a line for the reader of the page */
  ask(sequences: readonly Int32Array[], signal: AbortSignal): Promise<readonly (readonly number[])[]>;
}

/** What an engine needs to begin, and what the page needs to read texts. */
export interface Started {
  readonly engine: Engine;
  /** [vocabulary] by their ids. */
  readonly words: readonly string[];
}

export type Start = (model: PageModel) => Promise<Started>;

/** The words of a `vocabulary.txt`: that of id n is in line n + 1. */
export function parseWords(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** @throws Error that says what is missing */
export async function fetchFile(name: string): Promise<Response> {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name} cannot be read: status ${response.status}`);
  return response;
}
