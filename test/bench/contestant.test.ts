import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startContestant } from '../../src/bench/competitors.ts';
import { doneSchema, timedSchema } from '../../src/bench/protocol.ts';
import type { Request } from '../../src/bench/protocol.ts';
import { UserError } from '../../src/errors.ts';

const launch = { command: process.execPath, args: [fileURLToPath(new URL('fake-peer.mjs', import.meta.url))] };
const train = (batch: number): Request => ({ do: 'train', batch, pad: 'longest' });

it('asks a process line by line and ends it', async () => {
  const peer = await startContestant('Fake', launch);
  expect(peer.versions).toEqual({ fake: '1.0' });
  expect(await peer.ask({ do: 'load', folder: '/nowhere', batchSize: 2 }, doneSchema)).toEqual({});
  expect(await peer.ask(train(3), timedSchema)).toEqual({ seconds: 0.25, result: 3 });
  expect(await peer.ask(train(4), timedSchema)).toEqual({ seconds: 0.25, result: 4 });
  if (process.platform === 'linux') expect(peer.peakBytes()).toBeGreaterThanOrEqual(peer.baselineBytes ?? Number.POSITIVE_INFINITY);
  await peer.stop();
});

it.each([
  [7, 'Fake: no seventh batch'],
  [8, 'Fake ended with status 3: out of memory'],
  [9, 'Fake answered no JSON: Downloading …'],
])('says what went wrong at batch %i', async (batch, message) => {
  const peer = await startContestant('Fake', launch);
  await expect(peer.ask(train(batch), timedSchema)).rejects.toThrow(new UserError(message));
  await peer.stop();
});

it('says that a program is missing', async () => {
  await expect(startContestant('Fake', { command: '/no/such/program', args: [] })).rejects.toThrow(/^Fake cannot be started: .*ENOENT/);
});
