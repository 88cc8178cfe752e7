import type { FileContents } from '../files/sealed-folder.ts';
import { buildFolderPage, buildSinglePage, packRuntime } from '../web/build.ts';
import type { PageModel } from '../web/page-model.ts';
import { describeFacts, limits } from './card.ts';
import type { CardFacts } from './card.ts';
import { listWords, onnxFiles } from './folder.ts';
import type { DescribedModel } from './folder.ts';

/** What a page says of its model, and how it reads texts. @param more rows for what only the caller knows */
export function describePage(model: DescribedModel, facts: CardFacts, more: PageModel['facts'] = []): PageModel {
  const { classes, config: { data: { tokenizer, maxLength, truncate } } } = model;
  const reads = { tokenizer, maxLength, truncate };
  return { name: facts.model, classes, reads, facts: [...more, ...describeFacts(model, facts)], limits };
}

/** A folder for any server of files: an ONNX export with a page that runs it. @param file `model.onnx` @throws UserError */
export function webFiles(file: Uint8Array, model: DescribedModel, facts: CardFacts): FileContents {
  return new Map<string, readonly (string | Uint8Array)[]>([
    ['index.html', [buildFolderPage(describePage(model, facts)).html]], ['runtime.wasm.gz', [packRuntime()]],
    ...onnxFiles(file, model, facts),
  ]);
}

/** The same page as one file, with all that it needs in it. @param file `model.onnx` @throws UserError */
export function renderSinglePage(file: Uint8Array, model: DescribedModel, facts: CardFacts): string {
  return buildSinglePage(describePage(model, facts), {
    'runtime.wasm.gz': packRuntime(), 'model.onnx': file, 'vocabulary.txt': Buffer.from(listWords(model.vocabulary)),
  }).html;
}
