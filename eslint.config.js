// @ts-check
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** What each folder of src may import besides itself: the one-way flow of the design, checked. */
const allowed = /** @type {Record<string, string[]>} */ ({
  config: [],
  articles: [],
  data: ['config'],
  engine: ['measure'],
  ops: ['data'],
  models: ['ops', 'config', 'data'],
  measure: ['models', 'ops', 'config'],
  training: ['config', 'data', 'models', 'ops', 'measure'],
  experiment: ['config', 'measure', 'models', 'training', 'data'],
  report: ['articles', 'experiment', 'measure', 'config', 'terminal'],
  terminal: [],
  bench: ['config', 'data', 'engine', 'ops', 'models', 'measure', 'training', 'terminal'],
  commands: ['articles', 'config', 'data', 'engine', 'ops', 'models', 'measure', 'training', 'experiment', 'report', 'terminal', 'bench', 'command-line'],
  'command-line': ['commands', 'terminal'],
});

const folders = Object.keys(allowed);
const zones = Object.entries(allowed).filter(([, may]) => may.length < folders.length - 1).map(([folder, may]) => ({
  target: `./src/${folder}`,
  from: folders.filter((other) => other !== folder && !may.includes(other)).map((other) => `./src/${other}`),
  message: `src/${folder} may import ${may.length > 0 ? may.join(', ') : 'no other folder'} only`,
}));

export default tseslint.config(
  { ignores: ['node_modules', 'experiments', 'data'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-default-export': 'error',
      'import-x/no-duplicates': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/non-nullable-type-assertion-style': 'off', // asks for the `!` that another rule forbids
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // tensors' ranks are claimed at the reader, as in tfjs itself
      '@typescript-eslint/dot-notation': 'off',
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Use src/random.ts: every random number comes from the seed.' }],
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/commands/run.ts', 'src/command-line/**'],
    rules: {
      'no-restricted-syntax': ['error', {
        selector: String.raw`ImportExpression[source.value=/^\..*\.ts$/]`,
        message: "Import our own modules statically, and large packages when they are needed: Ctrl-C also ends the process in which tsx reads TypeScript.",
      }],
    },
  },
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' } },
  { files: ['*.config.*'], rules: { 'import-x/no-default-export': 'off', '@typescript-eslint/no-deprecated': 'off' } },
);
