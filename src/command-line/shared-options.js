// @ts-check
import { acceptedData } from '../typed-command.js';

export const MAX_THREADS = 1024;

export const data = /** @type {const} */ ({
  type: 'input', value: 'path', describe: acceptedData,
});
export const config = /** @type {const} */ ({
  type: 'text', value: 'file', describe: 'Config file, looked for as given, then in configs/',
});
export const set = /** @type {const} */ ({
  type: 'text', value: 'key=value', list: true, byDefault: [],
  describe: 'Replace a config key, for example training.epochs=2; may be repeated',
});
export const threads = /** @type {const} */ ({
  type: 'count', value: 'n', most: MAX_THREADS, defaultText: 'all cores', describe: 'Threads of the engine',
});

export const jobs = /** @type {const} */ ({
  type: 'count', value: 'n', most: 64, defaultText: '1', describe: 'Trainings side by side, each in a process of its own',
});
export const threadsOfEach = /** @type {const} */ ({
  ...threads, defaultText: 'all cores, divided by --jobs', describe: 'Threads of each training',
});

export const encoding = /** @type {const} */ ({
  type: 'text',
  value: 'name',
  choices: ['auto', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'gb18030'],
  byDefault: 'auto',
  describe: 'How the table is written. auto: UTF-8, or UTF-16 where it shows',
});

export const uncalibrated = /** @type {const} */ ({
  type: 'flag', byDefault: false, describe: "Take the model's own probabilities, not those calibrated on the run's validation part",
});

export const tableFormat = /** @type {const} */ ({
  type: 'text',
  value: 'format',
  choices: ['terminal', 'markdown', 'csv', 'json'],
  byDefault: 'terminal',
  describe: 'Format of what is printed',
});

export const engineChoice = /** @type {const} */ ({
  type: 'text',
  value: 'kind',
  choices: ['auto', 'native', 'portable'],
  byDefault: 'auto',
  describe: 'native: TensorFlow; portable: WebAssembly; auto: native where it is available',
});
