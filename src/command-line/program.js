// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder } from '../files/standing-folder.js';

/** @typedef {typeof import('../commands/run.ts')} Program */

const sourceFolder = join(projectFolder, 'src');
const cacheFolder = join(projectFolder, 'node_modules/.cache/gatelab');
/** What npm writes of the packages that it installed. */
const installed = join(projectFolder, 'node_modules/.package-lock.json');
/** Packages with binaries or other files of their own, and such as few commands need. */
const standsAlone = ['@tensorflow/*', '@resvg/resvg-js', 'esbuild', 'fastify', 'onnxruntime-*', 'pino', 'undici'];
/** What CommonJS in a module calls. */
const withRequire = "import { createRequire as asRequire } from 'node:module'; const require = asRequire(import.meta.url);";
/** A program that was translated so long ago is no process's any more. */
const KEPT_MILLISECONDS = 30 * 24 * 60 * 60 * 1000;

/**
 * The commands. TypeScript is translated once for all starts, with the packages that it imports, and kept in node_modules/.cache, by the
 * names, sizes and times of the sources and by npm's list of what is installed. A loader that translates each module as it is imported
 * takes as long at each start as all the rest of it, and hundreds of modules of packages take an eighth of it. The loader serves where
 * nothing can be kept.
 *
 * @returns {Promise<Program>}
 */
export async function loadProgram() {
  const folder = join(cacheFolder, computeKey());
  if (!existsSync(folder)) {
    try {
      await translate(folder);
    } catch {
      const { register } = await import('tsx/esm/api');
      register();
      return import('../commands/run.ts');
    }
  }
  /** @type {unknown} */
  const program = await import(pathToFileURL(join(folder, 'run.mjs')).href);
  return /** @type {Program} */ (program);
}

function computeKey() {
  const hash = createHash('sha256').update(readFileSync(join(projectFolder, 'package.json')));
  const names = /** @type {string[]} */ (readdirSync(sourceFolder, { recursive: true })).filter((name) => /\.[jt]s$/.test(name)).sort();
  for (const path of [...names.map((name) => join(sourceFolder, name)), installed]) {
    const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} folder appears when it is whole */
async function translate(folder) {
  const own = `${folder}.${process.pid}`;
  mkdirSync(cacheFolder, { recursive: true });
  removeOld();
  const esbuild = await import('esbuild');
  try {
    await esbuild.build({
      entryPoints: [join(sourceFolder, 'commands/run.ts')], outdir: own, outExtension: { '.js': '.mjs' }, bundle: true, splitting: true,
      format: 'esm', platform: 'node', target: 'node20', mainFields: ['module', 'main'], external: standsAlone, sourcemap: 'linked',
      logLevel: 'silent', banner: { js: withRequire },
      plugins: [standing, tensors],
    });
    if (!existsSync(folder)) renameSync(own, folder);
  } finally {
    rmSync(own, { recursive: true, force: true });
    await esbuild.stop();
  }
}

/**
 * Modules know where they stand in src, and plain JavaScript, which is loaded before this, stays one instance of each module.
 *
 * @type {import('esbuild').Plugin}
 */
const standing = {
  name: 'standing',
  setup(build) {
    build.onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir }) =>
      resolveDir.startsWith(sourceFolder) ? { path: pathToFileURL(join(resolveDir, path)).href, external: true } : undefined);
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};

/**
 * tfjs-core is CommonJS of a megabyte. Imported, it is read once more, for its names; required, it is not.
 *
 * @type {import('esbuild').Plugin}
 */
const tensors = {
  name: 'tensors',
  setup(build) {
    build.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'tensors' });
    build.onLoad({ filter: /^/, namespace: 'tensors' }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
  },
};

function removeOld() {
  for (const name of readdirSync(cacheFolder)) {
    const path = join(cacheFolder, name);
    if (Date.now() - statSync(path).mtimeMs > KEPT_MILLISECONDS) rmSync(path, { recursive: true, force: true });
  }
}
