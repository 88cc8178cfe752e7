import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { callCli } from '../support/call-cli.ts';
import { finished, startCli } from '../support/child.ts';
import type { Finished } from '../support/child.ts';
import { createWorkFolder, withoutAnnouncements } from '../support/cli.ts';

const cwd = createWorkFolder();
const texts = ['a moving film', 'two hours I will not get back', ''];
const small = ['data.limit=60', 'training.epochs=1', 'model.embeddingSize=8', 'model.hiddenSize=6'];
const train = (name: string, config: string, settings: readonly string[]): Promise<Finished> =>
  callCli(cwd, 'train', '--config', config, '--engine', 'portable', '--name', name, '--quiet', ...settings.flatMap((key) => ['--set', key]));

beforeAll(async () => {
  expect((await train('tiny', 'sample.yaml', small)).status).toBe(0);
  expect((await train('linear', 'nb-svm.yaml', ['data.source=sample', 'data.limit=60'])).status).toBe(0);
});

interface Serving {
  readonly child: ChildProcess;
  readonly address: string;
  readonly ended: Promise<Finished>;
}

async function serve(run: string): Promise<Serving> {
  const child = startCli(cwd, 'serve', '--engine', 'portable', '--run', run, '--port', '0');
  onTestFinished(() => { child.kill('SIGKILL'); });
  return new Promise((resolve, reject) => {
    const ended = finished(child, (stdout) => {
      const [, address] = /answers at (\S+)\/ /.exec(stdout) ?? [];
      if (address !== undefined) resolve({ child, address, ended });
    });
    ended.then(({ stderr }) => { reject(new Error(stderr)); }, reject);
  });
}

interface Answer {
  readonly predictions: readonly { readonly label: string; readonly probabilities: Readonly<Record<string, number>> }[];
}

const ask = async (address: string, asked: readonly string[]): Promise<Answer> => {
  const response = await fetch(`${address}/predict`, {
    method: 'POST', body: JSON.stringify({ texts: asked }), headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(200);
  return await response.json() as Answer;
};

describe('serve', () => {
  it.each(['tiny', 'linear'])('answers as `predict` does, of the run %s, and ends with status 0 at SIGTERM', async (name) => {
    const run = `experiments/${name}`, { child, address, ended } = await serve(run);
    const { predictions } = await ask(address, texts);
    const { stdout } = await callCli(cwd, 'predict', '--engine', 'portable', '--run', run, '--json', ...texts);
    const own = stdout.trim().split('\n').map((line) => JSON.parse(line) as (typeof predictions)[number]);
    expect(predictions.map(({ label }) => label)).toEqual(own.map(({ label }) => label));
    predictions.forEach(({ probabilities }, k) => {
      for (const [label, value] of Object.entries(own[k]?.probabilities ?? {})) expect(probabilities[label]).toBeCloseTo(value, 6);
    });
    child.kill('SIGTERM');
    const { status, stdout: said, stderr } = await ended;
    expect(status).toBe(0);
    expect(said).toMatch(new RegExp(`^${run} answers at http://127\\.0\\.0\\.1:\\d+/ \\(Ctrl-C stops it\\)\\n$`));
    expect(withoutAnnouncements(stderr)).toBe('gatelab: stopping: what waits is answered first\n');
  });

  it('answers what was asked before SIGTERM', async () => {
    const { child, address, ended } = await serve('experiments/tiny');
    const many = Array.from({ length: 4 }, () => ask(address, Array<string>(128).fill('a moving film '.repeat(15))));
    const count = (metrics: string, name: string): number => Number(new RegExp(`^gatelab_${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
    let waiting = 0, done = 0;
    while (waiting + done < 512) { // until all are there
      const metrics = await (await fetch(`${address}/metrics`)).text();
      [waiting, done] = [count(metrics, 'queue_texts'), count(metrics, 'texts_total')];
    }
    expect(waiting).toBeGreaterThan(0);
    child.kill('SIGTERM');
    for (const { predictions } of await Promise.all(many)) expect(predictions).toHaveLength(128);
    expect((await ended).status).toBe(0);
  });

  it('says in one line that the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { status, stdout, stderr } = await callCli(cwd, 'serve', '--engine', 'portable', '--run', 'experiments/tiny', '--port', String(port));
    other.close();
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`gatelab: port ${port} of 127.0.0.1 is in use; choose another with --port, or --port 0 for a free one\n`);
  });

  it.each<[string, string[], number, string]>([
    ['no run', [], 2, '--run is missing: the folder of a trained model, for example --run experiments/gru-1'],
    ['a folder that is no run', ['--run', '.'], 1, '.: has no summary.json; name a folder that a run made, for example experiments/gru-1'],
    ['a folder that does not exist', ['--run', 'nowhere'], 1, 'nowhere: no such folder; name one that a run made, for example experiments/gru-1'],
    ['a port that is none', ['--run', 'experiments/tiny', '--port', '70000'], 2, '--port takes a whole number from 0 to 65535, not "70000"'],
    ['an address of another machine', ['--run', 'experiments/tiny', '--host', '192.0.2.1'], 1, '--host 192.0.2.1: this machine has no such address; '],
  ])('refuses %s in one line', async (_, args, status, message) => {
    const ended = await callCli(cwd, 'serve', '--engine', 'portable', ...args);
    expect([ended.status, ended.stdout]).toEqual([status, '']);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });
});
