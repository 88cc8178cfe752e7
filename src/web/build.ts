import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { UserError } from '../errors.ts';
import type { PageModel } from './page-model.ts';

export interface Page {
  readonly html: string;
  /** Its Content-Security-Policy: its own script and style by their hashes, what its engine needs, and nothing else. */
  readonly policy: string;
}

/** Files by the names under which the page looks for them. */
export type PageFiles = Readonly<Record<'runtime.wasm.gz' | 'model.onnx' | 'vocabulary.txt', Uint8Array>>;

/** Who answers, where what that takes comes from, and what a reader is told of it. */
const kinds = {
  served: {
    entry: 'served.ts', sources: ["connect-src 'self'"],
    privacy: 'What you type goes to the server that this page is from, and to no other.',
  },
  folder: {
    entry: 'exported.ts', sources: ["connect-src 'self'", 'worker-src blob:'],
    privacy: 'The model runs in this page: nothing that you type leaves it.',
  },
  single: {
    entry: 'exported.ts', sources: ['worker-src blob:'],
    privacy: 'The model is in this page and runs in it, with or without a network: nothing that you type leaves it.',
  },
} as const;

/** The page of `serve`, which asks its server. */
export function buildServedPage(model: PageModel): Page {
  return buildPage('served', model, bundle(kinds.served.entry));
}

/** A page whose files are beside it on any file server. @throws UserError where the runtime is not installed */
export function buildFolderPage(model: PageModel): Page {
  return buildPage('folder', model, bundleWithRuntime());
}

/** A page with its files in it, which opens from the disk. @throws UserError where the runtime is not installed */
export function buildSinglePage(model: PageModel, files: PageFiles): Page {
  return buildPage('single', model, bundleWithRuntime(), Object.entries(files).map(([name, bytes]) => {
    const packed = name.endsWith('.gz') ? bytes : gzipSync(bytes, { level: 9 });
    return `<script type="text/plain" id="${name}">${Buffer.from(packed).toString('base64')}</script>\n`;
  }).join(''));
}

function buildPage(kind: keyof typeof kinds, model: PageModel, script: string, files = ''): Page {
  const { sources, privacy } = kinds[kind];
  const sheets = ['../report/page/report.css', '../report/page/shades.css', '../explain/explain.css', 'page.css'];
  const styles = sheets.map((name) => read(name)).join('');
  const hashOf = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  const policy = [
    "default-src 'none'", `script-src ${hashOf(script)}${kind === 'served' ? '' : " 'wasm-unsafe-eval'"}`, `style-src ${hashOf(styles)}`,
    'img-src data:', ...sources, "base-uri 'none'", "form-action 'none'",
  ].join('; ');
  // Nothing in it can end the element that it is in.
  const json = JSON.stringify(model).replaceAll('<', '\\u003c');
  const data = `<script type="application/json" id="model">${json}</script>\n${files}`;
  const parts: Readonly<Record<string, string>> = { policy, styles, privacy, data, script };
  return { policy, html: read('page.html').replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '') };
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

/** A script of the page and all that it imports, the tokenizer among it, as one. */
function bundle(entry: string, define: Readonly<Record<string, string>> = {}): string {
  const [output] = buildSync({
    entryPoints: [fileURLToPath(new URL(`browser/${entry}`, import.meta.url))], bundle: true, format: 'iife', platform: 'browser',
    target: ['es2023'], minify: true, charset: 'utf8', write: false, logLevel: 'silent', define,
  }).outputFiles;
  const script = output?.text ?? '';
  if (/<\/script|<!--/i.test(script)) throw new Error(`${entry} would end the element that it is in`);
  return script;
}

function bundleWithRuntime(): string {
  findRuntime();
  return bundle(kinds.folder.entry, { WORKER_SOURCE: JSON.stringify(bundle('worker.ts')) });
}

/** @throws UserError where the optional package is not installed */
function findRuntime(): string {
  try {
    return fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
  } catch {
    throw new UserError('onnxruntime-web, which runs a model in a browser, is not installed; get it with npm install --include=optional');
  }
}

/** onnxruntime-web's own WebAssembly, gzipped: servers of files pack nothing, and it has 14 MB. @throws UserError as above */
export function packRuntime(): Uint8Array {
  return gzipSync(readFileSync(findRuntime()), { level: 9 });
}
