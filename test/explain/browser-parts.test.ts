import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** What a file imports at run time, types left out, and what those files do. */
function collectImports(file: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(file.pathname)) return seen;
  seen.add(file.pathname);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)'/gm)) {
    if (name.startsWith('.')) collectImports(new URL(name, file), seen);
    else seen.add(name);
  }
  return seen;
}

it('what a page in a browser needs to colour words imports no package and nothing of Node', () => {
  const source = new URL('../../src/', import.meta.url);
  for (const file of ['text/spans.ts', 'text/reading.ts', 'explain/word-effects.ts', 'explain/shades.ts']) {
    const imports = [...collectImports(new URL(file, source))];
    expect(imports.filter((name) => !name.startsWith(source.pathname))).toEqual([]);
  }
  const ofCommand = collectImports(new URL('explain/explain.ts', source)); // that the check would see one
  expect(ofCommand).toContain('@tensorflow/tfjs-core');
  expect([...ofCommand]).toContain(join(source.pathname, 'text/spans.ts'));
});
