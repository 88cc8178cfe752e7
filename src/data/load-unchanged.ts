import { displayPath } from '../config/paths.ts';
import { UserError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import type { Corpus, CorpusSource } from './review.ts';

/**
 * The reviews that a source's hash was taken of, so that nothing is ever kept or reported under the name of other data.
 * @param sourceHash taken before
 * @throws UserError when the content is no longer what it was then, even where what is there now cannot be read at all
 */
export async function loadUnchanged(source: CorpusSource, sourceHash: string, onProgress: OnProgress): Promise<Corpus> {
  const outcome = await source.load(onProgress).then((corpus) => ({ corpus }), (error: unknown) => ({ error }));
  const now = await source.sourceHash().catch(() => 'gone');
  if (now !== sourceHash) throw new UserError(`${displayPath(source.location)}: changed while it was read; start again once nothing writes to it any more`);
  if ('error' in outcome) throw outcome.error;
  return outcome.corpus;
}
