/**
 * Loaded into a child process before the program: makes the system fail as GATELAB_FAULT says.
 * `ENOSPC optimizer.safetensors 3`: the third write to a file whose name starts so is cut in half and fails with that code.
 * `clock`: the date goes back an hour every time it is read.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const [kind = '', file = '', count = '1'] = (process.env.GATELAB_FAULT ?? '').split(' ');

function failWrites(): void {
  const paths = new Map<number, string>();
  const { openSync, writeFileSync } = fs;
  let left = Number(count);
  fs.openSync = (path, ...rest) => {
    const descriptor = openSync(path, ...rest);
    paths.set(descriptor, String(path));
    return descriptor;
  };
  fs.writeFileSync = (target, content, ...rest) => {
    const path = typeof target === 'number' ? paths.get(target) ?? '' : String(target);
    if (!basename(path).startsWith(file) || --left > 0) {
      writeFileSync(target, content, ...rest);
      return;
    }
    if (typeof target === 'number') {
      const bytes =
        typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
      writeFileSync(target, bytes.subarray(0, bytes.length / 2));
    }
    throw Object.assign(new Error(`${kind}: injected, write`), { code: kind, syscall: 'write' });
  };
  syncBuiltinESMExports();
}

function turnClockBack(): void {
  const start = Date.now();
  let reads = 0;
  const readBackwards = (): number => start - 3_600_000 * reads++;
  globalThis.Date = class extends Date {
    constructor(...given: [] | [number]) { super(given[0] ?? readBackwards()); }
    static override now = readBackwards;
  } as DateConstructor;
}

if (kind === 'clock') turnClockBack();
else failWrites();
