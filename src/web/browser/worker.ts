import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';

/** Runs the model beside the page, so that typing never waits for it. What it is told first is what to run. */
export interface Files {
  readonly runtime: Uint8Array<ArrayBuffer>;
  readonly model: Uint8Array<ArrayBuffer>;
}

export interface Question {
  readonly number: number;
  readonly sequences: readonly Int32Array[];
}

/** To a question of its number, or to the files, whose number is 0. */
export interface Answer {
  readonly number: number;
  readonly probabilities: readonly (readonly number[])[];
  readonly error?: string;
}

let session: InferenceSession | null = null;

async function open({ runtime, model }: Files): Promise<Answer> {
  env.wasm.numThreads = 1; // more need headers that a file server does not send
  env.wasm.wasmBinary = runtime;
  session = await InferenceSession.create(model);
  await answer({ number: 0, sequences: [Int32Array.of(1)] }); // the first one takes longest
  return { number: 0, probabilities: [] };
}

async function answer({ number, sequences }: Question): Promise<Answer> {
  if (session === null) throw new Error('the model has not been loaded');
  const time = Math.max(1, ...sequences.map(({ length }) => length)), ids = new Int32Array(sequences.length * time);
  sequences.forEach((sequence, row) => { ids.set(sequence, row * time); });
  const outputs = await session.run({
    token_ids: new Tensor('int32', ids, [sequences.length, time]),
    lengths: new Tensor('int32', Int32Array.from(sequences, ({ length }) => length), [sequences.length]),
  });
  const values = [...outputs['probabilities']?.data as Float32Array], classes = values.length / sequences.length;
  return { number, probabilities: sequences.map((_, row) => values.slice(row * classes, (row + 1) * classes)) };
}

/** One after the other: the runtime takes no second question before it has answered the first. */
let last: Promise<unknown> = Promise.resolve();
addEventListener('message', ({ data }: MessageEvent<Files | Question>) => {
  const number = 'number' in data ? data.number : 0;
  last = last.then(() => ('number' in data ? answer(data) : open(data)))
    .catch((error: unknown): Answer => ({ number, probabilities: [], error: error instanceof Error ? error.message : String(error) }))
    .then((result) => { postMessage(result); });
});
