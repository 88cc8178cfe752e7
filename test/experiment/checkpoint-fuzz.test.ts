import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { UserError } from '../../src/errors.ts';
import { decodeCheckpoint, describeData, encodeCheckpoint, slotTensor } from '../../src/experiment/checkpoint.ts';
import type { Checkpoint } from '../../src/experiment/checkpoint.ts';
import { createCheckpointStore, loadCheckpoint } from '../../src/experiment/checkpoint-store.ts';
import type { StoredTensors } from '../../src/experiment/safetensors.ts';
import { buildModel } from '../../src/models/build.ts';
import { startOfEpoch } from '../../src/training/epoch.ts';
import { makeEpoch, makeEpochs } from './examples.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const config = experimentSchema.parse({ data: { vocabularySize: 5 }, model: { cell: 'gru', layers: 1, embeddingSize: 2, hiddenSize: 2 } });
const words = ['<pad>', '<unk>', 'good', 'bad', 'film'];
const specs = buildModel(config.model, words.length).parameters;

function tensorsOf(nameOf: (parameter: string) => string[]): StoredTensors {
  return new Map(specs.flatMap(({ name, shape }) => nameOf(name).map((tensor) =>
    [tensor, { shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 7) }] as const)));
}

const checkpointAt = (epoch: number): Checkpoint => ({
  state: {
    format: 1, position: startOfEpoch(epoch), updates: 7 * (epoch - 1), history: makeEpochs(epoch - 1), peakTensorBytes: 1, config,
    ...describeData(words, 'f', ['negative', 'positive']),
  },
  words, weights: tensorsOf((name) => [name]), slots: tensorsOf((name) => ['exp_avg', 'exp_avg_sq'].map((slot) => slotTensor(name, slot))),
});
const older = checkpointAt(2), newer = checkpointAt(3);
const contents = new Map(
  [...encodeCheckpoint(newer)].map(([name, pieces]) => [name, Buffer.concat(pieces.map((piece) => Buffer.from(piece)))]),
);

type Bytes = Buffer | Uint8Array;
const flips = fc.array(fc.record({ at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) }), { minLength: 1, maxLength: 4 });
type Damage = (bytes: Buffer) => Bytes;

/** What a disk, a copy or a hand may do to a file. */
const damage: fc.Arbitrary<Damage> = fc.oneof(
  flips.map((all): Damage => (bytes) => {
    const changed = Buffer.from(bytes);
    for (const { at, mask } of all) if (changed.length > 0) changed[at % changed.length]! ^= mask;
    return changed;
  }),
  fc.nat().map(
    (end): Damage =>
      (bytes) =>
        bytes.subarray(0, end % (bytes.length + 1)),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map(
    (more): Damage =>
      (bytes) =>
        Buffer.concat([bytes, more]),
  ),
  fc.tuple(fc.nat(), fc.nat()).map(
    ([from, length]): Damage =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, from % bytes.length), bytes.subarray((from % bytes.length) + (length % 64))]),
  ),
  fc.uint8Array({ maxLength: 200 }).map(
    (other): Damage =>
      () =>
        other,
  ),
);

const oddNumber = fc.constantFrom(-1, 0, 0.5, 1, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e308, -0);
const odd = fc.oneof(oddNumber, fc.constantFrom<unknown>(null, '', 'F64', 'F32', '__proto__', [], {}, true), fc.jsonValue({ maxDepth: 2 }));

/** All places of a JSON value, as paths. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

/** The text of a JSON value with something else in one place: another value, nothing, or the same key twice. */
function mutateJson(value: unknown, place: number, instead: unknown, how: 'replace' | 'remove' | 'repeat'): string {
  const paths = pathsOf(value);
  const path = (paths[place % paths.length] ?? []).join('\0');
  const render = (node: unknown, at: string): string => {
    if (at === path && how === 'replace') return JSON.stringify(instead);
    if (typeof node !== 'object' || node === null) return JSON.stringify(node);
    const children = Object.entries(node).flatMap(([key, child]) => {
      const inner = at === '' ? key : `${at}\0${key}`;
      const text = `${Array.isArray(node) ? '' : `${JSON.stringify(key)}:`}${render(child, inner)}`;
      if (inner !== path) return [text];
      return how === 'remove'
        ? []
        : how === 'repeat'
          ? [text, `${Array.isArray(node) ? '' : `${JSON.stringify(key)}:`}${JSON.stringify(instead)}`]
          : [text];
    });
    return Array.isArray(node) ? `[${children.join()}]` : `{${children.join()}}`;
  };
  return render(value, '');
}

const jsonMutation = fc.record({ place: fc.nat(), instead: odd, how: fc.constantFrom('replace', 'remove', 'repeat') });

/** A safetensors file whose header is changed and whose length may be claimed to be anything. */
const headerDamage: fc.Arbitrary<Damage> = fc
  .tuple(jsonMutation, fc.option(fc.constantFrom(0n, 1n, 8n, 100_000_000n, 100_000_001n, 2n ** 63n, 2n ** 64n - 1n), { freq: 4 }))
  .map(([{ place, instead, how }, claimed]): Damage => (bytes) => {
    const end = 8 + Number(bytes.readBigUInt64LE(0));
    const header = Buffer.from(mutateJson(JSON.parse(bytes.toString('utf8', 8, end)), place, instead, how));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(claimed ?? BigInt(header.length));
    return Buffer.concat([length, header, bytes.subarray(end)]);
  });
const jsonDamage: fc.Arbitrary<Damage> = jsonMutation.map(
  ({ place, instead, how }) =>
    (bytes) =>
      Buffer.from(mutateJson(JSON.parse(bytes.toString()), place, instead, how)),
);

/** Whatever comes out is a checkpoint of the very shapes its config asks for, or a one-line UserError. */
function expectCheckpointOrUserError(files: ReadonlyMap<string, Buffer>): 'read' | 'refused' {
  let read: Checkpoint;
  try {
    read = decodeCheckpoint(files);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).not.toMatch(/[\u0000-\u001f]/);
    return 'refused';
  }
  const expected = buildModel(read.state.config.model, read.words.length).parameters;
  for (const { name, shape } of expected) {
    const tensor = read.weights.get(name);
    expect(tensor?.shape).toEqual(shape);
    expect(tensor?.values).toHaveLength(shape.reduce((a, b) => a * b, 1));
  }
  return 'read';
}

function fuzz(names: readonly string[], damages: fc.Arbitrary<Damage>, numRuns: number): Record<'read' | 'refused', number> {
  const outcomes = { read: 0, refused: 0 };
  fc.assert(fc.property(fc.constantFrom(...names), damages, (name, change) => {
    const bytes = Buffer.from(change(contents.get(name) ?? expect.fail(name)));
    outcomes[expectCheckpointOrUserError(new Map([...contents, [name, bytes]]))] += 1;
  }), { numRuns, seed: 1 });
  return outcomes;
}

describe('a checkpoint whose checksums were made to fit is still taken apart with care', () => {
  it('reads back as it was written', () => { expect(decodeCheckpoint(contents)).toEqual(newer); });
  it('reads back losses that are not numbers, or that are not there, as what they were', () => {
    const history = [
      makeEpoch(1, { trainLoss: Infinity, validationLoss: NaN, testLoss: -Infinity }),
      makeEpoch(2, { validationLoss: null, validationAccuracy: null }),
    ];
    const odd = { ...newer, state: { ...newer.state, history } };
    const files = new Map(
      [...encodeCheckpoint(odd)].map(([name, pieces]) => [name, Buffer.concat(pieces.map((piece) => Buffer.from(piece)))]),
    );
    expect(decodeCheckpoint(files).state.history).toEqual(history);
  });

  it('written before its config had the keys that choose parts', () => {
    const state = JSON.parse(contents.get('state.json')!.toString()) as { config: { model: object; training: object } };
    const { pooling: _pooling, head: _head, ...model } = state.config.model as Record<string, unknown>;
    const { objective: _objective, schedule: _schedule, ...training } = state.config.training as Record<string, unknown>;
    const written = JSON.stringify({ ...state, config: { ...state.config, model, training } });
    expect(decodeCheckpoint(new Map([...contents, ['state.json', Buffer.from(written)]]))).toEqual(newer);
  });

  it('any damage to any file', () => { expect(fuzz([...contents.keys()], damage, 800).refused).toBeGreaterThan(400); });

  it('JSON with another value, a key missing or a key twice', () => {
    expect(fuzz(['state.json', 'vocabulary.json'], jsonDamage, 800).refused).toBeGreaterThan(500);
  });

  it('safetensors headers with other shapes, dtypes, names and offsets, and lengths up to 2^64', () => {
    expect(fuzz(['weights.safetensors', 'optimizer.safetensors'], headerDamage, 800).refused).toBeGreaterThan(500);
  });

  it('files missing, or under each other\'s names', () => {
    const names = [...contents.keys()];
    fc.assert(fc.property(fc.shuffledSubarray(names), fc.shuffledSubarray(names), (there, held) => {
      expectCheckpointOrUserError(new Map(there.map((name, i) => [name, contents.get(held[i] ?? name) ?? expect.fail(name)])));
    }), { numRuns: 200, seed: 1 });
  });

  it.each<[string, string, (text: string) => string, string]>([
    ['nested a million deep', 'state.json', () => '['.repeat(1e6), 'state.json is not as this version of gatelab writes it'],
    ['of a later format', 'state.json', (text) => text.replace('"format": 1', '"format": 2'), 'state.json is not as this version of '
      + 'gatelab writes it'],
    ['with __proto__', 'state.json', (text) => text.replace('{', '{"__proto__": {"format": 1},'), 'state.json is not as this version of '
      + 'gatelab writes it'],
    ['with an epoch of its history missing', 'state.json', (text) => text.replace('"epoch": 3', '"epoch": 9'), 'state.json does not hold '
      + 'the epochs before its position'],
    ['with a word changed', 'vocabulary.json', (text) => text.replace('good', 'gold'), 'vocabulary.json is not that of state.json'],
  ])('%s', (_, name, change, message) => {
    const files = new Map([...contents, [name, Buffer.from(change(contents.get(name)?.toString() ?? ''))]]);
    expect(() => decodeCheckpoint(files)).toThrow(new UserError(message));
  });
});

describe('a folder of checkpoints in which one is damaged', () => {
  const root = makeTemporaryFolder();
  const folder = { name: 'run', path: join(root, 'run') };
  const last = join(folder.path, 'checkpoints/last-2-0');
  let whole: ReadonlyMap<string, Buffer>;
  beforeAll(() => {
    mkdirSync(folder.path);
    const store = createCheckpointStore(folder);
    store.write('last', older);
    store.write('last', newer);
    whole = new Map(readdirSync(last).map((name) => [name, readFileSync(join(last, name))]));
  });

  /** The newest checkpoint after a change to its folder, or the one before it with one warning; never anything else. */
  function expectNewestOrFallback(change: () => void): 'newest' | 'fallback' {
    for (const [name, bytes] of whole) writeFileSync(join(last, name), bytes);
    change();
    const warnings: string[] = [];
    const { state, weights } = loadCheckpoint(folder, 'last', (line) => warnings.push(line)) ?? expect.fail('none');
    expect(weights).toEqual(older.weights);
    if (warnings.length === 0) {
      expect(state).toEqual(newer.state);
      return 'newest';
    }
    expect(warnings).toEqual([expect.stringMatching(/^[^\n]*last-2-0 is damaged \([^\n]+\); looking for the one before$/)]);
    expect(state).toEqual(older.state);
    return 'fallback';
  }

  it('falls back with a warning, whatever was done to whichever file', () => {
    const outcomes = { newest: 0, fallback: 0 };
    expect(whole.size).toBe(5);
    fc.assert(fc.property(fc.constantFrom(...whole.keys()), damage, (name, change) => {
      const path = join(last, name);
      outcomes[expectNewestOrFallback(() => { writeFileSync(path, change(readFileSync(path))); })] += 1;
    }), { numRuns: 150, seed: 1 });
    expect(outcomes.fallback).toBeGreaterThan(120);
  });

  it('falls back from a pipe, a folder or a link into nowhere in a file\'s place', () => {
    const path = join(last, 'weights.safetensors');
    const places = [() => { execFileSync('mkfifo', [path]); }, () => { mkdirSync(path); }, () => { symlinkSync('nowhere', path); }];
    for (const place of places) {
      expect(expectNewestOrFallback(() => { rmSync(path); place(); })).toBe('fallback');
      rmSync(path, { recursive: true });
    }
  });

  it('falls back from a manifest with another value, a key missing or a key twice', () => {
    const path = join(last, 'manifest.json');
    fc.assert(fc.property(jsonDamage, (change) => {
      expectNewestOrFallback(() => { writeFileSync(path, change(readFileSync(path))); });
    }), { numRuns: 150, seed: 1 });
  });

  it('falls back from files that were changed and sealed again', () => {
    const name = 'weights.safetensors';
    fc.assert(fc.property(headerDamage, (change) => {
      expectNewestOrFallback(() => {
        const bytes = change(readFileSync(join(last, name)));
        writeFileSync(join(last, name), bytes);
        const manifest = JSON.parse(readFileSync(join(last, 'manifest.json'), 'utf8')) as { files: Record<string, object> };
        manifest.files[name] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
        writeFileSync(join(last, 'manifest.json'), JSON.stringify(manifest));
      });
    }), { numRuns: 150, seed: 1 });
  });
});
