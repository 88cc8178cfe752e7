// A process that wants a cache entry: `fake-build.ts ROOT LOG`. Its builder logs a line, and is not done before
// another process is seen to wait for it.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ensureEntry } from '../../src/engine/cache.ts';

const [root = '', log = ''] = process.argv.slice(2);
const waiting = `${log}.waiting`;

const build = async (folder: string): Promise<void> => {
  writeFileSync(join(folder, 'half'), 'half');
  appendFileSync(log, 'built\n');
  while (!existsSync(waiting)) await sleep(20);
  writeFileSync(join(folder, 'whole'), 'whole');
};

const onWait = (): void => { writeFileSync(waiting, ''); };
console.log(await ensureEntry({ root, name: 'entry', build }, { onWarning: (line) => { console.log(line); }, onWait }));
