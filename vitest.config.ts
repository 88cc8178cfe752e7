import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-engine.ts'],
    unstubEnvs: true,
    env: { npm_lifecycle_event: '' }, // the commands under test are typed by hand, not by `npm test`
    pool: 'forks', // TensorFlow's library is one per process
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
  },
});
