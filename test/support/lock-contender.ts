/** A process that tries for the lock of argv[2] whenever it is told to, and says whether it holds it. */
import { tryLock } from '../../src/files/lock.ts';

let release = (): void => undefined;

process.on('message', (order) => {
  if (order === 'try') {
    const lock = tryLock(process.argv[2] ?? '');
    if ('release' in lock) ({ release } = lock);
    process.send?.('release' in lock);
  } else {
    release();
    process.send?.(false);
  }
});
process.send?.(false);
