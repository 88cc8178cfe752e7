import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { createWorkFolder } from '../support/cli.ts';
import { hasTerminals, runOnTerminal } from '../support/terminal.ts';
import { clearFirstSign, showFirstSign } from '../../src/terminal/first-sign.js';

describe.skipIf(!hasTerminals)('while a command loads (skipped where util-linux\'s script is missing)', () => {
  it.each([
    [['inspect', '--type', 'gru'], 0, 'gru '], [['plot', 'nothing'], 1, 'gatelab: nothing'],
  ])('a sign says so, and is gone before anything else is shown: %j', async (args, expected, begin) => {
    const { status, stdout } = await runOnTerminal(createWorkFolder(), ...args);
    expect(stdout.startsWith(`Loading ${args[0] ?? ''} …\r\u001b[K`)).toBe(true);
    expect(stdout.slice(stdout.lastIndexOf('\u001b[')).replace(/^\u001b\[2?K/, '').startsWith(begin)).toBe(true);
    expect(status).toBe(expected);
  });
});

describe.skipIf(!hasTerminals)('an error while a bar is drawn (skipped where util-linux\'s script is missing)', () => {
  it('takes the bar away, stands on a line of its own, ends the process, and leaves the terminal as it was', async () => {
    const cwd = createWorkFolder();
    writeFileSync(join(cwd, 'bad.csv'), 'review,sentiment\nGood.,positive\nBad.,negative,extra\n');
    const { status, stdout } = await runOnTerminal(cwd, 'data', '--data', 'bad.csv');
    expect(status).toBe(1);
    expect(stdout).toMatch(/Reading reviews +\d+ % {2}━*─* {2}\d:\d\d/);
    expect(stdout).toMatch(/\u001b\[1G\u001b\[2Kgatelab: bad\.csv[^\r\n]*line 3[^\r\n]*\r\n$/);
    expect(stdout).not.toMatch(/\u001b\[\?/); // modes, such as a hidden cursor, that someone would have to restore
  });
});

function createStream(isTTY: boolean): { isTTY: boolean; write: (text: string) => boolean; readonly written: string[] } {
  const written: string[] = [];
  return { isTTY, written, write: (text) => written.push(text) > 0 };
}

describe('the first sign of life', () => {
  it('stands on a terminal until it is cleared, once', () => {
    const stream = createStream(true);
    clearFirstSign(stream);
    showFirstSign('Loading train', stream);
    clearFirstSign(stream);
    clearFirstSign(stream);
    expect(stream.written).toEqual(['Loading train …', '\r\u001b[K']);
  });

  it('is not written to a file or a pipe', () => {
    const stream = createStream(false);
    showFirstSign('Loading train', stream);
    clearFirstSign(stream);
    expect(stream.written).toEqual([]);
  });
});
