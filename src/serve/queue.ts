import type { Prediction, Question } from '../experiment/predict.ts';
import { Refusal } from './limits.ts';
import type { Limits } from './limits.ts';

/** Texts predicted in one go. The event loop stands still meanwhile, so that more would make every other client wait. */
const BATCH = 64;

/** Answers texts, or their token ids, in their order; it may throw. */
export type Predict = (texts: readonly Question[]) => readonly Prediction[];

export interface Queue {
  /**
   * Answers in the order of the texts.
   * @param texts `limits.texts` at most
   * @param onCancel takes a function to call when nobody waits for the answer any more: what is not computed yet never will be
   * @throws Refusal when the queue is full or the time is up
   */
  ask(texts: readonly Question[], onCancel?: (cancel: () => void) => void): Promise<Prediction[]>;
  /** Texts that wait. */
  readonly length: number;
}

/** A request with an answer for its first texts. */
interface Waiting {
  readonly texts: readonly Question[];
  readonly answers: Prediction[];
  /** Settles the request's promise and takes it out of the queue. */
  end(error?: Error): void;
}

/**
 * A queue whose texts are predicted once in a turn of the event loop, after all input that is there has been read: what arrives
 * together, or while a batch is computed, shares the next batch.
 * @param onBatch takes the number of texts of each batch
 */
export function createQueue(predict: Predict, limits: Limits, onBatch: (texts: number) => void): Queue {
  const waiting = new Set<Waiting>();
  let length = 0, isScheduled = false;

  const schedule = (): void => {
    if (isScheduled || waiting.size === 0) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      answerBatch();
      schedule();
    });
  };

  const answerBatch = (): void => {
    const parts = takeBatch(waiting);
    const texts = parts.flatMap((part) => part.texts);
    if (texts.length === 0) return;
    try {
      const predictions = predict(texts);
      let start = 0;
      for (const { request, texts: { length: count } } of parts) {
        request.answers.push(...predictions.slice(start, start + count));
        start += count;
        length -= count;
        if (request.answers.length === request.texts.length) request.end();
      }
      onBatch(texts.length);
    } catch (error) {
      for (const { request } of parts) request.end(error instanceof Error ? error : new Error(String(error)));
    }
  };

  const ask: Queue['ask'] = (texts, onCancel) => new Promise<Prediction[]>((resolve, reject) => {
    if (length + texts.length > limits.queuedTexts) {
      reject(new Refusal(429, `the queue takes at most ${limits.queuedTexts} texts, of which ${length} wait already; try again`, 1));
      return;
    }
    const timer = setTimeout(() => {
      request.end(new Refusal(503, `no answer within ${limits.milliseconds / 1000} s, the limit on the time of a request; try again`, 1));
    }, limits.milliseconds);
    const request: Waiting = {
      texts, answers: [],
      end: (error) => {
        if (!waiting.delete(request)) return;
        clearTimeout(timer);
        length -= texts.length - request.answers.length;
        if (error === undefined) resolve(request.answers);
        else reject(error);
      },
    };
    waiting.add(request);
    length += texts.length;
    onCancel?.(() => { request.end(new Error('the client has gone')); });
    if (texts.length === 0) request.end();
    schedule();
  });

  return { ask, get length() { return length; } };
}

/** The next texts in the order of their requests, which a batch may cut in two. */
function takeBatch(waiting: Iterable<Waiting>): { readonly request: Waiting; readonly texts: readonly Question[] }[] {
  const parts = [];
  let room = BATCH;
  for (const request of waiting) {
    if (room === 0) break;
    const start = request.answers.length, texts = request.texts.slice(start, start + room);
    parts.push({ request, texts });
    room -= texts.length;
  }
  return parts;
}
