// @ts-check
/**
 * The rooms of src, and what each may import besides itself and the files directly in src: the one-way flow of docs/architecture.md.
 * The drawing there is made from the imports as they are (`npm run architecture`); this says what they may be.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const rooms = {
  measure: [],
  files: [],
  ops: [],
  text: [],
  terminal: ['files'],
  config: ['files'],
  data: ['files', 'text'],
  models: ['data', 'ops'],
  engine: ['files', 'measure'],
  articles: ['models', 'ops'],
  training: ['articles', 'data', 'measure', 'models', 'ops', 'text'],
  experiment: ['config', 'data', 'files', 'measure', 'models', 'ops', 'text', 'training'],
  web: ['explain', 'measure', 'terminal', 'text'],
  serve: ['experiment', 'web'],
  export: ['data', 'experiment', 'files', 'measure', 'models', 'ops', 'text', 'training', 'web'],
  report: ['articles', 'config', 'experiment', 'files', 'measure', 'study', 'terminal'],
  'articles/claims': ['articles', 'experiment', 'files', 'measure', 'models', 'report', 'study', 'terminal', 'training'],
  'report/page': ['articles', 'articles/claims', 'config', 'experiment', 'files', 'report', 'terminal'],
  explain: ['data', 'experiment', 'files', 'measure', 'models', 'ops', 'report/page', 'terminal', 'text', 'training'],
  evaluation: ['experiment', 'files', 'measure', 'report', 'report/page', 'terminal', 'text'],
  study: ['command-line', 'config', 'experiment', 'files', 'measure', 'terminal', 'training'],
  bench: ['data', 'engine', 'experiment', 'export', 'files', 'measure', 'models', 'ops', 'terminal', 'text', 'training'],
  'command-line': ['files', 'terminal', 'commands'], // it names the commands and loads the one that is typed
  commands: [
    'articles', 'articles/claims', 'bench', 'command-line', 'config', 'data', 'engine', 'evaluation', 'experiment', 'explain', 'export',
    'files',
    'measure', 'models', 'ops', 'report', 'report/page', 'serve', 'study', 'terminal', 'text', 'training', 'web',
  ],
};

const names = Object.keys(rooms);
/** Files of a room, without those of a room within it. @param {string} room */
const insideOf = (room) => {
  const within = names.filter((other) => other.startsWith(`${room}/`)).map((other) => `${other.slice(room.length + 1)}/`);
  return `^src/${room}/${within.length > 0 ? `(?!${within.join('|')})` : ''}`;
};

/** @param {string} room */
const forbiddenTo = (room) => names.filter((other) => other !== room && !rooms[room]?.includes(other));

export default {
  forbidden: [
    {
      name: 'no-circle', severity: 'error', comment: 'No file imports itself by way of others, nor by its types.',
      from: {}, to: { circular: true },
    },
    ...names.filter((room) => forbiddenTo(room).length > 0).map((room) => ({
      name: `${room}-imports`,
      comment: `src/${room} imports a room that it may not`,
      severity: 'error',
      from: { path: insideOf(room) },
      to: { path: forbiddenTo(room).map(insideOf) },
    })),
    {
      name: 'no-late-module', severity: 'error',
      comment: 'Import our own modules statically, and large packages when they are needed: Ctrl-C also ends the process in which tsx '
        + 'reads TypeScript.',
      from: { path: '^src/', pathNot: '^src/(main[.]cjs|commands/run[.]ts|command-line/.*)$' }, to: { path: '^src/', dynamic: true },
    },
    { name: 'no-orphan', comment: 'A file that nothing imports', severity: 'error', from: { orphan: true, path: '^src/' }, to: {} },
    {
      name: 'no-dev-package', severity: 'error', comment: 'A package that users do not install',
      from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' }, exclude: { path: '\\.(css|json)$' },
  },
};
