import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acceptedData } from '../src/typed-command.js';
import { goodEntries, packTar, writeArchive } from './data/archives.ts';
import { callCli } from './support/call-cli.ts';
import { createWorkFolder, runCli } from './support/cli.ts';

const cwd = createWorkFolder();
writeFileSync(join(cwd, 'wrong.yaml'), 'model:\n  hiddenSze: 4\n');
writeFileSync(join(cwd, 'page.tar.gz'), '<html>404</html>');
writeFileSync(join(cwd, '=1+1.csv'), 'review,sentiment\nGood.,postive\n');
writeFileSync(join(cwd, '<script>.csv'), 'review,sentiment\n');
writeFileSync(join(cwd, 'two\nlines\u001b[2J.csv'), 'review,sentiment\nGood.\n');
mkdirSync(join(cwd, 'photos'));
writeFileSync(join(cwd, 'aclImdb.tar'), await packTar(goodEntries));
const whole = readFileSync(
  await writeArchive(cwd, [
    ...goodEntries,
    { name: 'aclImdb/noise', content: Buffer.from(Array.from({ length: 9999 }, (_, i) => (i * i * 31) % 251)) },
  ]),
);
writeFileSync(join(cwd, 'half.tar.gz'), whole.subarray(0, whole.length >> 1));

const sample = ['train', '--config', 'sample.yaml'];
const gru = ['train', '--config', 'gru.yaml'];
const accepted = `--data takes ${acceptedData}`;
const again = 'download it again from https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz';
const names =
  'a name holds letters, digits, spaces and _ - . , + = @ (100 at most), starts with a letter, digit or _, ends with no full stop, comma '
    + 'or space, and has no two full stops in a row';
const trainHelp = 'gatelab train --help lists its options';
const configs = join(import.meta.dirname, '../configs');
const looked = (name: string): string => `looked for ${name} and ${join(configs, name)}`;
const known = `there are ${readdirSync(configs).filter((name) => name.endsWith('.yaml')).join(', ')}`;

describe('a bad command line ends in one line that says how to fix it, and leaves no folder', () => {
  it.each<[string, string[], number, string]>([
    ['no command', [], 2, 'Name a command; gatelab --help lists them'],
    ['a misspelt command', ['trian'], 2, 'unknown command "trian"; did you mean train? gatelab --help lists them'],
    ['a command like no other', ['xyzzy\u001b[2J', '--config', 'gru.yaml'], 2, 'unknown command "xyzzy\\u001b[2J"; gatelab --help lists '
      + 'them'],
    ['an unknown flag', [...sample, '--zzzzzzz', '3'], 2, `unknown option --zzzzzzz; ${trainHelp}`],
    ['a misspelt flag', ['train', '--conifg', 'gru.yaml'], 2, `unknown option --conifg; did you mean --config? ${trainHelp}`],
    ['a config key as a flag', [...sample, '--epochs=3'], 2, `unknown option --epochs; did you mean --set training.epochs=3? ${trainHelp}`],
    ['a flag with a dot', [...sample, '--name.x', 'a'], 2, `unknown option --name.x; did you mean --name? ${trainHelp}`],
    ['a flag with control characters', [...sample, '--a\u001b[2J\n'], 2, `unknown option --a\\u001b[2J; ${trainHelp}`],
    ['an argument too many', [...sample, 'gru.yaml'], 2, `train does not take "gru.yaml"; did you mean --config gru.yaml? ${trainHelp}`],
    ['an option without its value', ['train', '--config'], 2, '--config needs a value'],
    ['an option given twice', [...sample, '--config', 'gru.yaml'], 2, '--config is given more than once; give it once'],
    ['no config', ['train'], 2, '--config is missing: the file to train from, for example --config gru.yaml'],
    ['no folder to plot', ['plot'], 2, 'plot needs folders to work on; gatelab plot --help shows examples'],
    ['an unknown choice', [...sample, '--engine', 'fast'], 2, '--engine takes auto, native, portable, not "fast"'],
    ['a negative number', [...sample, '--threads', '-1'], 2, '--threads takes a whole number from 1 to 1024, not "-1"'],
    ['a negative number after =', [...sample, '--threads=-1'], 2, '--threads takes a whole number from 1 to 1024, not "-1"'],
    ['a word for a number', [...sample, '--threads', 'two'], 2, '--threads takes a whole number from 1 to 1024, not "two"'],
    ['a negative setting', [...sample, '--set', 'training.epochs=-1'], 1, '--set training.epochs=-1: training.epochs must be an integer '
      + 'from 1 to 100000, got -1'],
    ['a config that is missing', ['train', '--config', 'none.yaml'], 1, `--config: no such file: ${looked('none.yaml')}; ${known}`],
    ['a config with a mistake', ['train', '--config', 'wrong.yaml'], 1, 'wrong.yaml:2: model.hiddenSze is not a known key; did you mean '
      + 'model.hiddenSize?'],
    ['a folder for a config', ['train', '--config', 'photos'], 1, '--config: photos is a folder; a config is a YAML file'],
    ['a config with control characters', ['train', '--config', '\u001b[2J\n.yaml'], 1, `--config: no such file: `
      + `${looked('\\u001b[2J\\u000a.yaml')}; ${known}`],
    ['data that is missing', [...gru, '--data', 'nowhere'], 1, `nowhere: no such file or folder; ${accepted}`],
    ['data without a name', [...gru, '--data', ''], 1, `--data is empty; ${accepted}`],
    ['a folder of something else', [...gru, '--data', 'photos'], 1, `photos: neither aclImdb (no train folder in it) nor the folder `
      + `above it; ${accepted}`],
    ['a web page for an archive', [...gru, '--data', 'page.tar.gz'], 1, 'page.tar.gz: is a web page (or XML) saved under this name; '
      + 'download the file itself'],
    ['an archive cut at half', [...gru, '--data', 'half.tar.gz'], 1, `half.tar.gz: cut short, it ends after ${whole.length >> 1} bytes `
      + `in the middle of a file; ${again}`],
    ['a tar without gzip', [...gru, '--data', 'aclImdb.tar'], 1, 'aclImdb.tar: is a tar file without gzip; unpack it and name the folder'],
    ['data for the sample', [...sample, '--data', 'page.tar.gz'], 1, '--data page.tar.gz: data.source is sample, '
      + 'the built-in synthetic sample; omit --data, or add --set data.source=file'],
    ['a leading = in a path', [...gru, '--data', '=1+1.csv'], 1, '=1+1.csv: the column "sentiment" holds the one class "postive" and no '
      + 'other; training needs two or more'],
    ['<script> in a path', [...gru, '--data', '<script>.csv'], 1, '<script>.csv: the column "sentiment" holds no '
      + 'labelled review'],
    ['control characters in a path', [...gru, '--data', 'two\nlines\u001b[2J.csv'], 1, 'two\\u000alines\\u001b[2J.csv, line 2: 1 field '
      + 'instead of 2; a review with a comma must stand in double quotes'],
    ['control characters in a path to nothing', [...gru, '--data', '\u009b2J\u202e'], 1, `\\u009b2J\\u202e: no such file or folder; `
      + accepted],
    ['a name with ../', [...sample, '--name', '../out'], 1, `--name "../out": ${names}`],
    ['a name that ends with a full stop', [...sample, '--name', 'v1.'], 1, `--name "v1.": ${names}`],
    ['a name with control characters', [...sample, '--name', 'a\u001b[2J\n'], 1, `--name "a\\u001b[2J\\u000a": ${names}`],
    ['a name with <script>', [...sample, '--name', '<script>'], 1, `--name "<script>": ${names}`],
    ['a name with a leading =', [...sample, '--name', '=1+1'], 1, `--name "=1+1": ${names}`],
    ['an absolute name', [...sample, '--name', '/tmp/out'], 1, `--name "/tmp/out": ${names}`],
    ['a folder that no run made', ['plot', 'photos'], 1, 'photos: holds no run; gatelab compare makes some'],
  ])('%s', async (_, args, status, message) => {
    expect(await callCli(cwd, ...args)).toEqual({ status, stdout: '', stderr: `gatelab: ${message}\n` });
    expect(existsSync(join(cwd, 'experiments'))).toBe(false);
  });

  it('as a process of its own too, without a stack trace', async () => {
    expect(await runCli(cwd, 'trian')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'gatelab: unknown command "trian"; did you mean train? gatelab --help lists them\n',
    });
  });

  it('in English whatever the language of the system', async () => {
    const before = process.env['LC_ALL'];
    process.env['LC_ALL'] = 'de_DE.UTF-8';
    const { stderr } = await callCli(cwd, 'train', '--config');
    if (before === undefined) delete process.env['LC_ALL'];
    else process.env['LC_ALL'] = before;
    expect(stderr).toBe('gatelab: --config needs a value\n');
  });
});
