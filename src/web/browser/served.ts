import { fetchFile, parseWords } from './engine.ts';
import type { Engine } from './engine.ts';
import { startPage } from './page.ts';

/** As many sequences as the server computes in one go, and as many tokens as a body of it holds by far. */
const BATCH = 64, BATCH_TOKENS = 100_000;

/** The page of `serve`: the server answers. */
startPage(async ({ classes, reads: { maxLength } }) => {
  const engine: Engine = {
    batch: Math.max(1, Math.min(BATCH, Math.floor(BATCH_TOKENS / maxLength))),
    async ask(sequences, signal) {
      const response = await fetch('predict-ids', {
        method: 'POST', headers: { 'content-type': 'application/json' }, signal,
        body: JSON.stringify({ tokenIds: sequences.map((sequence) => [...sequence]) }),
      }).catch((error: unknown) => { throw signal.aborted ? error : new Error('The server does not answer.'); });
      const answer = await response.json() as { error?: string; predictions?: { probabilities: Record<string, number> }[] };
      if (answer.predictions === undefined) throw new Error(answer.error ?? `The server answers with status ${response.status}.`);
      return answer.predictions.map(({ probabilities }) => classes.map((name) => probabilities[name] ?? Number.NaN));
    },
  };
  return { engine, words: parseWords(await (await fetchFile('vocabulary.txt')).text()) };
});
