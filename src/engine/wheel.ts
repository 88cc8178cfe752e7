import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { UserError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { tensorflowVersion, type Wheel } from './platform.ts';
import { CommandError, runCommand, saysDiskIsFull } from './tools.ts';

export interface WheelOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress;
}

/** What the addons include: TensorFlow's C API with the few headers it reaches, and Eigen. 8 MB of the wheel's 170. */
const headers = ['Eigen/', 'tensorflow/c/', 'tensorflow/core/platform/ctstring', 'tsl/c/', 'tsl/platform/ctstring'];

/** The library needs nothing of Python's, so any one version's wheel will do, whatever the user's Python is. */
const pythonVersion = '3.11';

/** Fills `folder` with TensorFlow's libraries and `include/`, taken out of its wheel. */
export async function fetchTensorflow(wheel: Wheel, folder: string, options: WheelOptions): Promise<void> {
  const download = join(folder, 'download');
  mkdirSync(download);
  await downloadWheel(wheel, download, options);
  const archive = readdirSync(download).find((name) => name.endsWith('.whl'));
  if (archive === undefined) throw new Error(`pip left no wheel in ${download}`);
  await unpackWheel(join(download, archive), wheel, folder, options);
  rmSync(download, { recursive: true });
}

async function downloadWheel(wheel: Wheel, folder: string, { environment, onProgress }: WheelOptions): Promise<void> {
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `${wheel.distribution}==${tensorflowVersion} --hash=sha256:${wheel.sha256}\n`);
  const args = [
    '-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir', '--retries', '1',
    '--python-version', pythonVersion, '--implementation', 'cp', ...wheel.tags.flatMap((tag) => ['--platform', tag]),
    '--dest', folder, '--requirement', requirements,
  ];
  const pipEnvironment = {
    ...environment,
    TMPDIR: folder, // so that a killed download is cleared away with the rest, and no second disk has to have room
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PIP_REQUIRE_VIRTUALENV: '0', // nothing is installed
  };
  try {
    await runCommand('python3', args, {
      environment: pipEnvironment,
      onProgress,
      label: `Downloading TensorFlow ${tensorflowVersion} (200 MB)`,
    });
  } catch (error) {
    throw explainError(error, 'downloaded', pipProblems);
  }
}

const pipProblems: readonly (readonly [RegExp, string])[] = [
  [/do not match the hashes/i, 'what pip downloaded has the wrong checksum; check the package index or mirror that it uses'],
  [
    /name resolution|name or service|nodename nor servname|network is unreachable|connection (refused|reset)|timed out|retries exceeded/i,
    'pip cannot reach its package index; check the network, HTTPS_PROXY and pip config',
  ],
  [/NewConnectionError|ProxyError/, 'pip cannot reach its package index; check the network, HTTPS_PROXY and pip config'],
  [/certificate/i, 'pip does not trust the certificate of its package index; check pip config (cert) and the system\'s certificates'],
  [/no such option|unknown.*option/i, 'this pip is too old; upgrade it (python3 -m pip install --upgrade pip)'],
  [/no matching distribution|could not find a version/i, 'pip\'s package index does not have it; check pip config (index-url)'],
];

/** What a program that failed says to the user; a full disk is the cache's to explain. */
function explainError(error: unknown, what: string, problems: typeof pipProblems): unknown {
  if (!(error instanceof CommandError) || saysDiskIsFull(error)) return error;
  const [, explanation] = problems.find(([pattern]) => pattern.test(error.message)) ?? [];
  return new UserError(`TensorFlow ${tensorflowVersion} could not be ${what}: ${explanation ?? lastLine(error.message)}`);
}

/** Unpacked by the Python that is needed anyway, 3.6 or newer: its zipfile streams, and no `unzip` has to be installed. */
const unpackProgram = `
import os, shutil, sys, zipfile
archive, target, *wanted = sys.argv[1:]
parent = os.getppid()
prefix = "tensorflow/"
starts = tuple(prefix + name for name in wanted)
with zipfile.ZipFile(archive) as wheel:
    for entry in wheel.infolist():
        if os.getppid() != parent:
            sys.exit("stopped")
        name = entry.filename
        if entry.is_dir() or not name.startswith(starts) or ".." in name.split("/"):
            continue
        path = os.path.join(target, name[len(prefix):])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wheel.open(entry) as source, open(path, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
`;

async function unpackWheel(archive: string, wheel: Wheel, folder: string, { environment, onProgress }: WheelOptions): Promise<void> {
  const wanted = [...wheel.libraries, ...headers.map((header) => `include/${header}`)];
  const args = ['-c', unpackProgram, archive, folder, ...wanted];
  try {
    await runCommand('python3', args, { environment, onProgress, label: `Unpacking TensorFlow ${tensorflowVersion}` });
  } catch (error) {
    throw explainError(error, 'unpacked', []);
  }
}

function lastLine(text: string): string {
  return text.split('\n').at(-1)?.replace(/^ERROR:\s*/, '') ?? text;
}
