// Draws how the rooms of src import each other into docs/architecture.md, from the imports as they are.
import { readFileSync, writeFileSync } from 'node:fs';

import { cruise } from 'dependency-cruiser';
import type { ICruiseResult } from 'dependency-cruiser';

import { rooms } from '../.dependency-cruiser.js';

const page = new URL('../docs/architecture.md', import.meta.url);
const begin = '<!-- drawn by npm run architecture -->', end = '<!-- end of the drawing -->';

/** Rooms by those they import. */
type Imports = ReadonlyMap<string, ReadonlySet<string>>;

const inner = Object.keys(rooms).filter((room) => room.includes('/'));

/** The room of `src/report/page/page.ts`; null for the files directly in src, which all may import. */
function roomOf(path: string): string | null {
  const [, ...folders] = path.split('/').slice(0, -1);
  return inner.find((room) => folders.join('/').startsWith(room)) ?? folders[0] ?? null;
}

async function readImports(): Promise<Imports> {
  const { output } = await cruise(['src'], {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    includeOnly: { path: '^src/' },
  });
  const imports = new Map<string, Set<string>>(Object.keys(rooms).map((room) => [room, new Set()]));
  for (const { source, dependencies } of (output as ICruiseResult).modules) {
    const from = roomOf(source);
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved);
      if (from !== null && to !== null && from !== to) imports.get(from)?.add(to);
    }
  }
  return imports;
}

/** Whether one room reaches another by way of a third: then the direct arrow says nothing new. */
function reachesByOthers(from: string, to: string, imports: Imports): boolean {
  const seen = new Set<string>([from]);
  const open = [...imports.get(from) ?? []].filter((room) => room !== to);
  for (let room = open.pop(); room !== undefined; room = open.pop()) {
    if (room === to) return true;
    if (seen.has(room)) continue;
    seen.add(room);
    open.push(...imports.get(room) ?? []);
  }
  return false;
}

/** A Mermaid flowchart, an arrow from each room to those it imports; what follows from other arrows is left out. */
export function renderDrawing(imports: Imports): string {
  const id = (room: string): string => room.replace('/', '_').replace('-', '_');
  const arrows = [...imports].flatMap(([from, all]) =>
    [...all].filter((to) => !reachesByOthers(from, to, imports)).toSorted().map((to) => `  ${id(from)} --> ${id(to)}`));
  return ['```mermaid', 'flowchart TD', ...[...imports.keys()].map((room) => `  ${id(room)}["${room}/"]`), ...arrows, '```'].join('\n');
}

/** docs/architecture.md with its drawing as it has to be. */
export async function drawArchitecture(): Promise<string> {
  const text = readFileSync(page, 'utf8');
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  if (before === undefined || after === undefined) throw new Error(`docs/architecture.md: expected ${begin} and ${end}`);
  return `${before}${begin}\n${renderDrawing(await readImports())}\n${end}${after}`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(page, await drawArchitecture());
