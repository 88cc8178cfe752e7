import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../src/experiment/safetensors.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';

let folder = '';
const cli = (...args: string[]) => callCli(folder, ...args);
const read = (...names: string[]): string => readFileSync(join(folder, ...names), 'utf8');

beforeAll(async () => {
  folder = createWorkFolder();
  const { status } = await cli(
    'train', '--config', 'sample.yaml', '--engine', 'portable', '--name', 'run', '--quiet', '--set', 'data.limit=100', 'training.epochs=1',
  );
  expect(status).toBe(0);
});

const exported = (out: string, ...more: string[]) => cli('export', '--run', 'experiments/run', '--engine', 'portable', '--out', out, ...more);

describe('export', () => {
  it('writes a folder that was tried in onnxruntime, with all that its use takes', async () => {
    const { status, stdout } = await exported('onnx');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^model\.onnx .* KiB, 32 bits\nchecked +in onnxruntime on 40 texts of 0 to 300 tokens: .* by \d\.\de-\d at most\nwritten to onnx\n$/);
    expect(readdirSync(join(folder, 'onnx')).sort()).toEqual(
      ['README.md', 'manifest.json', 'model.json', 'model.onnx', 'predict.py', 'tokenizer-cases.json', 'vocabulary.txt'],
    );
    const words = read('onnx', 'vocabulary.txt').split('\n');
    expect(words.slice(0, 2)).toEqual(['<pad>', '<unk>']);
    expect(JSON.parse(read('onnx', 'model.json'))).toMatchObject({
      classes: ['negative', 'positive'], maxLength: 300, truncate: 'start', precision: 'float32', torch: { cell: 'GRU', layers: 1 },
    });
    const cases = JSON.parse(read('onnx', 'tokenizer-cases.json')) as { text: string; tokens: string[]; ids: number[] }[];
    for (const { tokens, ids } of cases) expect(ids).toEqual(tokens.map((token) => Math.max(1, words.indexOf(token))));
    expect(read('onnx', 'README.md')).toContain('synthetic texts, not reviews that people wrote');
  });

  it('--int8 --measure says what it costs over the test part, and takes the place of an earlier export', async () => {
    await exported('again');
    const whole = readFileSync(join(folder, 'again', 'model.onnx')).length;
    const { status, stdout } = await exported('again', '--int8', '--measure');
    expect(status).toBe(0);
    expect(stdout).toContain('100 texts of the run\'s test part, of which the run itself has ');
    expect(stdout).toMatch(/\nfloat32 .* % +0 +\d\.\de-\d\nint8 .* % +\d+ +\d\.\de-\d\n/);
    expect(readFileSync(join(folder, 'again', 'model.onnx')).length).toBeLessThan(0.6 * whole);
  });

  it('--format safetensors writes the weights as they are', async () => {
    const { status } = await exported('torch', '--format', 'safetensors');
    expect(status).toBe(0);
    const { tensors } = decodeSafetensors(readFileSync(join(folder, 'torch', 'model.safetensors')));
    expect([...tensors.keys()]).toContain('rnn.weight_hh_l0');
    expect(existsSync(join(folder, 'torch', 'load.py'))).toBe(true);
  });

  const hasPython = ((): boolean => {
    try {
      execFileSync('python3', ['-c', 'import numpy, onnxruntime, regex'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();

  it.skipIf(!hasPython)('predict.py cuts texts into the same tokens and answers the same (needs Python with onnxruntime and regex)', async () => {
    await exported('python');
    const check = 'import json, predict; print(all(predict.encode(c["text"]) == c["ids"] and predict.tokenize(c["text"]) == c["tokens"] '
      + 'for c in json.load(open("tokenizer-cases.json", encoding="utf-8"))))';
    expect(execFileSync('python3', ['-c', check], { cwd: join(folder, 'python'), encoding: 'utf8' })).toBe('True\n');
    const { stdout } = await cli('predict', '--run', 'experiments/run', '--engine', 'portable', '--json', 'a moving film');
    const { label, probability } = JSON.parse(stdout) as { label: string; probability: number };
    const answer = execFileSync('python3', ['predict.py', 'a moving film'], { cwd: join(folder, 'python'), encoding: 'utf8' });
    expect(answer).toBe(`${label} ${probability.toFixed(4)} a moving film\n`);
  });

  it.each([
    ['no run', ['--out', 'x'], '--run is missing'],
    ['no place', ['--run', 'experiments/run'], '--out is missing'],
    ['two precisions', ['--run', 'experiments/run', '--out', 'x', '--int8', '--float16'], '--float16 and --int8 exclude each other'],
    ['bits of safetensors', ['--run', 'experiments/run', '--out', 'x', '--format', 'safetensors', '--int8'], '--format safetensors writes'],
    ['a folder that is no run', ['--run', 'experiments', '--out', 'x', '--engine', 'portable'], 'experiments'],
  ])('says in one line what is wrong: %s', async (_, args, message) => {
    const { status, stderr } = await cli('export', ...args);
    expect(status).toBeGreaterThan(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('leaves a folder alone that is no export, and a file', async () => {
    mkdirSync(join(folder, 'mine'));
    writeFileSync(join(folder, 'mine', 'notes.txt'), 'keep');
    expect((await exported('mine')).stderr).toContain('--out mine: already exists and is no export; name a folder that does not exist yet');
    expect((await exported('mine/notes.txt')).stderr).toContain('is no folder');
    expect(read('mine', 'notes.txt')).toBe('keep');
  });
});
