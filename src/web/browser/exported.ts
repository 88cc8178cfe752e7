import { fetchFile, parseWords } from './engine.ts';
import type { Engine } from './engine.ts';
import { startPage } from './page.ts';
import type { Answer, Files, Question } from './worker.ts';

/** The worker's script, which the build puts in. */
declare const WORKER_SOURCE: string;

/** The page of `export --format web`: the model runs in the page, and its files are beside the page or in it. */
startPage(async () => {
  const [runtime, model, words] = await Promise.all([loadBytes('runtime.wasm.gz'), loadBytes('model.onnx'), loadBytes('vocabulary.txt')]);
  return { engine: await startWorker({ runtime, model }), words: parseWords(new TextDecoder().decode(words)) };
});

/** A file of the page, unpacked. One that is in the page itself is gzipped and in base64. */
async function loadBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const inlined = document.getElementById(name);
  const bytes = inlined === null ? new Uint8Array(await (await fetchFile(name)).arrayBuffer()) : decodeBase64(inlined.textContent);
  inlined?.remove(); // megabytes that nobody reads again
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b; // some servers unpack what they send
  if (!isPacked) return bytes;
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
}

/** In a loop, since `Uint8Array.from` takes seconds for megabytes. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text), bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** Sequences asked at once: few, so that a new text never waits long behind the words of an old one. */
const BATCH = 8;

async function startWorker(files: Files): Promise<Engine> {
  const worker = new Worker(URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' })));
  const waiting = new Map<number, (answer: Omit<Answer, 'number'>) => void>();
  const settle = (number: number, answer: Omit<Answer, 'number'>): void => {
    waiting.get(number)?.(answer);
    waiting.delete(number);
  };
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => { settle(data.number, data); });
  worker.addEventListener('error', ({ message }) => {
    for (const number of waiting.keys()) settle(number, { probabilities: [], error: message });
  });
  const post = (message: Files | Question, number: number): Promise<Answer['probabilities']> => new Promise((resolve, reject) => {
    waiting.set(number, ({ error, probabilities }) => {
      if (error === undefined) resolve(probabilities);
      else reject(new Error(`The model cannot be run: ${error}`));
    });
    worker.postMessage(message);
  });
  await post(files, 0);
  let asked = 0;
  return {
    batch: BATCH,
    ask(sequences) {
      asked += 1;
      return post({ number: asked, sequences }, asked);
    },
  };
}
