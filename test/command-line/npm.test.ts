import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../src/files/standing-folder.js';

const { npm_lifecycle_event: _, INIT_CWD: __, ...environment } = process.env;

/** Types a line into a shell, in a folder of the project. */
function type(line: string, folder = '.'): { status: number | null; stdout: string; problem: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    encoding: 'utf8',
    cwd: join(projectFolder, folder),
    env: environment,
  });
  return { status, stdout, problem: stderr.split('\n').filter((text) => text.startsWith('gatelab: ')).join('\n') };
}

const hasNpm = spawnSync('npm', ['--version']).status === 0;

describe.skipIf(!hasNpm)('npm itself', () => {
  it.each([
    ['npm run compare --from=experiments/published', 'npm run compare -- --from experiments/published', '--from'],
    ['npm run train --config gru.yaml', 'npm run train -- --config gru.yaml', '--config'],
    [
      'npm run train --config=gru.yaml --epochs=3 -- --quiet',
      'npm run train -- --config gru.yaml --set training.epochs=3 --quiet',
      '--config and --epochs',
    ],
    ['npm run data --data=x', 'npm run data -- --data x', '--data'],
    ['npm run inspect --no-measure', 'npm run inspect -- --no-measure', '--measure'],
  ])('%s', { timeout: 300_000 }, (line, correct, kept) => {
    const { status, stdout, problem } = type(line.replace('npm run', 'npm run --silent'));
    const sorted = (text: string): string[] => text.split(' ').sort(); // the environment has no order
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(sorted(problem)).toEqual(
      sorted(`gatelab: npm kept ${kept} for itself, because no -- came before ${kept.includes(' and ') ? 'them' : 'it'}; type ${correct}`),
    );
  });

  it('hands on what comes after --, and paths mean what they mean where it is typed', { timeout: 300_000 }, () => {
    expect(type('npm run --silent train -- --version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const table = type('npm run --silent compare -- --from ../experiments/published --format csv', 'src');
    expect(table).toMatchObject({ status: 0, stdout: expect.stringMatching(/^model,/) as string });
    expect(type('npm run --silent plot -- nowhere', 'src').problem).toBe(
      `gatelab: nowhere: no such file or folder; looked for ${join(projectFolder, 'src/nowhere')} and ${join(projectFolder, 'nowhere')}`,
    );
    expect(type('npm run --silent train -- --config nowhere.yaml', 'test').problem).toMatch(
      `gatelab: --config: no such file: looked for nowhere.yaml, ${join(projectFolder, 'nowhere.yaml')} and `
        + `${join(projectFolder, 'configs/nowhere.yaml')}; there are `,
    );
  });
});
