import {
  isAlias, isMap, isNode, isPair, isScalar, Lexer, LineCounter, parseDocument, Parser, stringify, visit,
  type Document, type Pair, type YAMLError,
} from 'yaml';

import { UserError } from '../errors.ts';
import type { KeyPath } from './layer.ts';
import { printable } from '../files/escape.ts';

const MAX_DEPTH = 100;
/** Bounds what aliases may multiply, as the yaml package counts it. */
const MAX_ALIAS_COUNT = 100;

export interface ParsedYaml {
  readonly value: unknown;
  /** 1-based line of a key, or of its nearest section that exists; 1 when there is none. */
  readonly lineOf: (path: KeyPath) => number;
}

/**
 * The parser builds nested collections recursively, and V8 ends the whole process when its regular expressions find no
 * stack left, so depth is checked first, on the parser's own stack of open tokens.
 */
function isTooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return true;
  }
  return false;
}

/** The yaml package's message without its position and its excerpt, and in the user's words where those are better. */
function describeYamlError(error: YAMLError, text: string): string {
  const [summary = ''] = error.message.split('\n');
  if (error.code === 'MULTIPLE_DOCS') return 'holds more than one YAML document; keep one';
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^[^\s:]*/.exec(text.slice(error.pos[0], error.pos[0] + 100))?.[0] ?? '';
    return `the key ${printable(key)} is written twice in its section; keep one`;
  }
  return `not valid YAML: ${printable(summary.replace(/ at line \d+, column \d+:?$/, ''), 120)}`;
}

const keyName = (pair: Pair): unknown => (isScalar(pair.key) ? pair.key.value : pair.key);

/** Keys are words. `__proto__` could reach an object's prototype on the way; nobody means it. */
function findBadKey(document: Document): { offset: number; problem: string } | undefined {
  let found: { offset: number; problem: string } | undefined;
  visit(document, {
    Pair(_, pair) {
      const key = keyName(pair);
      if (typeof key === 'string' && key !== '__proto__') return undefined;
      const offset = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      found = { offset, problem: key === '__proto__' ? '__proto__ is not allowed as a key' : 'a key must be a word' };
      return visit.BREAK;
    },
  });
  return found;
}

function findOffset(document: Document, path: KeyPath): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isPair(item) && keyName(item) === part);
    if (pair === undefined) break;
    offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
    node = pair.value;
  }
  return offset;
}

function toValue(document: Document, fail: (offset: number, problem: string) => never): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
  } catch (error) {
    const bomb = error instanceof Error && error.message.startsWith('Excessive alias');
    const message = error instanceof Error ? printable(error.message, 120) : 'unreadable';
    return fail(0, bomb ? 'its aliases (*name) multiply too often; write the values out' : `not valid YAML: ${message}`);
  }
}

/**
 * Parses YAML 1.2 that a stranger may have written.
 * @param describePlace a line number as the user should read it, for example `configs/gru.yaml:7`
 * @throws UserError for anything that is not one plain YAML document
 */
export function parseYaml(text: string, describePlace: (line: number) => string): ParsedYaml {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const fail = (offset: number, problem: string): never => {
    throw new UserError(`${describePlace(lineAt(offset))}: ${problem}`);
  };
  if (isTooDeep(text)) throw new UserError(`${describePlace(1)}: is nested too deeply; a config has two levels`);
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, schema: 'core', logLevel: 'error' });
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken !== undefined) fail(broken.pos[0], describeYamlError(broken, text));
  const badKey = findBadKey(document);
  if (badKey !== undefined) fail(badKey.offset, badKey.problem);
  return { value: toValue(document, fail), lineOf: (path) => lineAt(findOffset(document, path)) };
}

/** A config as YAML with every key written out; loading it gives the same config. */
export function renderConfig(config: object): string {
  return stringify(config, { aliasDuplicateObjects: false, lineWidth: 0 });
}

