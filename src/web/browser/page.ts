import { effectsOfLeavingOut, leaveOneOut } from '../../explain/word-effects.ts';
import type { WordEffects } from '../../explain/word-effects.ts';
import { readText } from '../../text/reading.ts';
import type { Reading } from '../../text/reading.ts';
import { createVocabulary } from '../../text/vocabulary.ts';
import type { PageModel } from '../page-model.ts';
import type { Engine, Start } from './engine.ts';
import { createView } from './view.ts';

/** From the last key to the answer, and from the answer to its words, which take many times as long. */
const ANSWER_WAIT_MS = 120, WORDS_WAIT_MS = 250;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** In small batches, so that a text that has changed stops it. @throws the signal's reason */
async function computeEffects(engine: Engine, reading: Reading, signal: AbortSignal): Promise<WordEffects> {
  const questions = [...leaveOneOut(reading)], answers: (readonly number[])[] = [];
  while (answers.length < questions.length) {
    signal.throwIfAborted();
    answers.push(...await engine.ask(questions.slice(answers.length, answers.length + engine.batch), signal));
  }
  signal.throwIfAborted();
  return effectsOfLeavingOut(reading, answers);
}

/** Brings the page to life: it answers what is in the text field, then colours its words, and drops both as soon as the text changes. */
export function startPage(start: Start): void {
  const model = JSON.parse(document.getElementById('model')?.textContent ?? '') as PageModel, view = createView(model);
  const started = start(model).then(({ engine, words }) => ({ engine, vocabulary: createVocabulary(words) }));
  let current = new AbortController();
  const restart = (): void => {
    current.abort();
    current = new AbortController();
    const { signal } = current, text = view.text();
    if (text.trim() === '') view.clear();
    else {
      view.wait();
      void answer(text, signal).catch((error: unknown) => {
        if (!signal.aborted) view.fail(error instanceof Error ? error.message : String(error));
      });
    }
  };

  const answer = async (text: string, signal: AbortSignal): Promise<void> => {
    await pause(ANSWER_WAIT_MS);
    const { engine, vocabulary } = await started;
    signal.throwIfAborted();
    const reading = readText(text, vocabulary, model.reads), from = performance.now();
    const [probabilities = []] = await engine.ask([reading.tokenIds], signal);
    signal.throwIfAborted();
    view.showAnswer(reading, probabilities, performance.now() - from);
    await pause(WORDS_WAIT_MS);
    view.showEffects(reading, probabilities, await computeEffects(engine, reading, signal));
  };

  view.onText(restart);
  started.then(() => { view.ready(); }, (error: unknown) => { view.fail(error instanceof Error ? error.message : String(error)); });
  restart(); // a browser may have kept the text
}
