// @ts-check
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules', 'experiments', 'data'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-exports': ['error', {
        restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true },
      }],
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-len': ['error', { code: 140, ignorePattern: '^import ' }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/non-nullable-type-assertion-style': 'off', // asks for the `!` that another rule forbids
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // tensors' ranks are claimed at the reader, as in tfjs itself
      '@typescript-eslint/dot-notation': 'off',
      'no-restricted-properties': ['error', {
        object: 'Math', property: 'random', message: 'Use src/random.ts: every random number comes from the seed.',
      }],
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/commands/run.ts', 'src/command-line/**'],
    rules: {
      'no-restricted-syntax': ['error', {
        selector: String.raw`ImportExpression[source.value=/^\..*\.ts$/]`,
        message: 'Import our own modules statically, and large packages when they are needed: '
          + 'Ctrl-C also ends the process in which tsx reads TypeScript.',
      }],
    },
  },
  {
    files: ['test/**'], // what is expected stands there as it is shown
    rules: {
      'max-len': ['error', { code: 140, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
      'max-lines': ['error', 400],
    },
  },
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' } },
  { files: ['*.config.*', '.dependency-cruiser.js'], rules: { 'no-restricted-exports': 'off', '@typescript-eslint/no-deprecated': 'off' } },
);
