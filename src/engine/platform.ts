import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { cpus } from 'node:os';

import { UserError } from '../errors.ts';

/** TensorFlow's release and why it is this one: docs/decisions/0001-engine.md. */
export const tensorflowVersion = '2.15.1';

/** The wheel that carries TensorFlow's libraries for one platform. */
export interface Wheel {
  readonly distribution: string;
  readonly tags: readonly string[];
  readonly sha256: string;
  readonly libraries: readonly string[];
}

const elfLibraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

const wheels: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    distribution: 'tensorflow-cpu',
    tags: ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'],
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
    libraries: elfLibraries,
  },
  'linux-arm64': {
    distribution: 'tensorflow-cpu-aws', // `tensorflow` itself is an empty wheel here that only requires this one
    tags: ['manylinux_2_17_aarch64', 'manylinux2014_aarch64'],
    sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
    libraries: elfLibraries,
  },
  'darwin-arm64': {
    distribution: 'tensorflow',
    tags: ['macosx_12_0_arm64'],
    sha256: 'aa926114d1e13ffe5b2ea59c3f195216f26646d7fe36e9e5207b291e4b7902ff',
    libraries: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
  },
};

/** `linux-x64` and the like. */
export const platformName = `${process.platform}-${process.arch}`;

/** The wheel for a platform. Throws UserError where TensorFlow publishes none that can be used. */
export function findWheel(platform: string): Wheel {
  const wheel = wheels[platform];
  if (wheel !== undefined) return wheel;
  const remedy = platform.startsWith('win32') ? 'run it inside WSL 2' : `use one of ${Object.keys(wheels).join(', ')}`;
  throw new UserError(`there is no TensorFlow library for ${platform}; ${remedy}`);
}

/** Throws UserError where the wheel's library would be killed or refused: a CPU without AVX, a libc other than glibc. */
export function checkHost(platform: string, features: readonly string[] = readCpuFeatures()): void {
  if (platform === 'linux-x64' && features.length > 0 && !features.includes('avx')) {
    throw new UserError('this CPU has no AVX, which TensorFlow needs; use another machine');
  }
  if (platform.startsWith('linux') && !hasGlibc()) {
    throw new UserError('this system has no glibc, which TensorFlow needs (Alpine?); use Debian, Ubuntu, Fedora or the like');
  }
}

/** The CPU's instruction sets as the system names them, sorted; empty where it does not say. */
export function readCpuFeatures(): readonly string[] {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readStart('/proc/cpuinfo'))?.[1] ?? '';
  return line.split(/\s+/).filter((feature) => feature !== '').toSorted();
}

/** CPU model, which stands for its features where the system does not list them. */
export function readCpuModel(): string {
  return cpus()[0]?.model.trim() ?? 'unknown';
}

/** The first processor's block is enough, and /proc/cpuinfo of a large machine is slow to read whole. */
function readStart(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(8192);
      return buffer.toString('utf8', 0, readSync(file, buffer));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** Reads this process's own mapped libraries: musl names its loader there. */
function hasGlibc(): boolean {
  try {
    return !readFileSync('/proc/self/maps', 'utf8').includes('/ld-musl-');
  } catch {
    return true;
  }
}
