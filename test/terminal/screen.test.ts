import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorkFolder } from '../support/cli.ts';
import { hasTerminals, runOnTerminal } from '../support/terminal.ts';

describe.skipIf(!hasTerminals)('an error while a bar is drawn (skipped where util-linux\'s script is missing)', () => {
  it('takes the bar away, stands on a line of its own, ends the process, and leaves the terminal as it was', async () => {
    const cwd = createWorkFolder();
    writeFileSync(join(cwd, 'bad.csv'), 'review,sentiment\nGood.,positive\nBad.,postive\n');
    const { status, stdout } = await runOnTerminal(cwd, 'data', '--data', 'bad.csv');
    expect(status).toBe(1);
    expect(stdout).toMatch(/Reading reviews +\d+ % {2}━*─* {2}\d:\d\d/);
    expect(stdout.endsWith('\u001b[1G\u001b[2Kgatelab: bad.csv, line 3: sentiment "postive" is neither positive nor negative\r\n')).toBe(true);
    expect(stdout).not.toMatch(/\u001b\[\?/); // modes, such as a hidden cursor, that someone would have to restore
  });
});
