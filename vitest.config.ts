import { defineConfig } from 'vitest/config';

/** What replaces modules of src or measures its process, which only one of its own can. */
const alone = ['test/{commands/prepare-training,files/lock-interleavings,files/write,measure/measure,study/stop-signals}.test.ts'];

/** What starts processes or a browser, trains, or runs kernels for longer than a moment. */
const long = [
  'test/command-line/{npm,start}.test.ts',
  'test/commands/{compare,disk,doctor,evaluate,explain,inspect,own-data,plot,predict,resume,resume-killed,serve}.test.ts',
  'test/commands/{choose,export,learning-rate,search,study-jobs,train,train-linear}.test.ts',
  'test/data/{proxy,real-imdb}.test.ts',
  'test/{cli,early-signals,every-key}.test.ts',
  'test/engine/**/*.test.ts',
  'test/bench/run.test.ts',
  'test/evaluation/page.test.ts',
  'test/explain/{explain,page}.test.ts',
  'test/experiment/{checkpoint-fuzz,folder,load-model,pytorch,resume}.test.ts',
  'test/files/lock.test.ts',
  ...alone,
  'test/{native,ops}/**/*.test.ts',
  'test/{report/page/browser,serve/malformed,serve/page,web/page}.test.ts',
  'test/terminal/screen.test.ts',
  'test/text/imdb-text.test.ts',
  'test/training/{golden,gradients,learns,step-cost,trainer}.test.ts',
];

const all = ['test/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/support/build-engine.ts'],
    unstubEnvs: true,
    env: { npm_lifecycle_event: '' }, // the commands under test are typed by hand, not by `npm test`
    pool: 'forks', // TensorFlow's library is one per process
    maxWorkers: 2,
    testTimeout: 300_000, // no test judges by the clock: this is for one that hangs, not for one on a busy machine
    hookTimeout: 300_000,
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary'] },
    projects: [
      { extends: true, test: { name: 'fast', include: all, exclude: long, isolate: false } },
      { extends: true, test: { name: 'process', include: long } },
    ],
  },
});
