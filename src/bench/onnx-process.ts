// The process in which an exported model answers texts in onnxruntime-node: onnx-process.ts THREADS FOLDER, that of the export
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { openInOnnxruntime } from '../export/onnx/check.ts';
import { readClockSeconds } from '../measure/clock.ts';
import { computeMean } from '../measure/statistics.ts';
import { namesOf } from '../registry.ts';
import { encodeTexts, truncations } from '../text/encode.ts';
import { describeTokenizer, tokenizers } from '../text/tokenizer.ts';
import { createVocabulary } from '../text/vocabulary.ts';
import type { Request } from './protocol.ts';
import { serve } from './serve.ts';
import { readTexts } from './workload.ts';

const [, , threads, folder = ''] = process.argv;
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

const sidecar = z.object({ maxLength: z.int(), truncate: z.enum(truncations), tokenizer: z.object({ name: z.string() }) })
  .parse(JSON.parse(read('model.json')));
const tokenizer = namesOf(tokenizers).find((name) => describeTokenizer(name) === sidecar.tokenizer.name);
if (tokenizer === undefined) throw new Error(`no tokenizer is called ${sidecar.tokenizer.name}`);
const reading = { maxLength: sidecar.maxLength, truncate: sidecar.truncate, tokenizer };
const vocabulary = createVocabulary(read('vocabulary.txt').trimEnd().split('\n'));
const model = await openInOnnxruntime(readFileSync(join(folder, 'model.onnx')), Number(threads));

let readBatch: ((batch: number) => string[]) | null = null;

async function answer(request: Request): Promise<object> {
  if (request.do === 'build') return { parameters: null }; // it is in the file
  if (request.do === 'load') {
    readBatch = readTexts(request.folder, request.batchSize);
    return {};
  }
  if (request.do !== 'predict' || readBatch === null) throw new Error(`this competitor cannot ${request.do} now`);
  const texts = readBatch(request.batch), from = readClockSeconds();
  const { probabilities } = await model.run(encodeTexts(texts, vocabulary, reading), texts.length);
  const result = computeMean(probabilities.map(([, positive = Number.NaN]) => positive));
  return { seconds: readClockSeconds() - from, result };
}

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string };
await serve({ 'onnxruntime-node': version }, answer);
