import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-engine.ts'],
    unstubEnvs: true,
    env: { npm_lifecycle_event: '' }, // the commands under test are typed by hand, not by `npm test`
    pool: 'forks', // TensorFlow's library is one per process
    maxWorkers: 2,
    testTimeout: 300_000, // no test judges by a clock: this is for one that hangs, not for one on a busy machine
    hookTimeout: 300_000,
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
  },
});
