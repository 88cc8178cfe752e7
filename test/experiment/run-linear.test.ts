import pino from 'pino';
import { beforeAll, expect, it } from 'vitest';
import { experimentSchemas } from '../../src/experiment-schema.ts';
import { createDataset } from '../../src/data/dataset.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { createExperimentFolder } from '../../src/experiment/folder.ts';
import { readSummary } from '../../src/experiment/load.ts';
import { createCheckpointStore } from '../../src/experiment/checkpoint-store.ts';
import type { RunEvent } from '../../src/experiment/recorder.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import type { Summary } from '../../src/experiment/records.ts';
import { createExperimentWriter } from '../../src/experiment/writer.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const root = makeTemporaryFolder();
const config = experimentSchemas['bag-of-words'].parse({ data: { source: 'sample', limit: 48 }, training: { strengths: [0.1] } });
let dataset: Dataset;
beforeAll(async () => { dataset = createDataset(await tokenizeCorpus(await createSampleSource().load()), config.data); });

/** @param stopAt the kind of event after which a stop is asked for */
async function run(stopAt: RunEvent['kind'] | null, onEvent: (event: RunEvent) => void = () => undefined): Promise<Summary> {
  const folder = createExperimentFolder(root, undefined, 'run');
  let stop = false;
  const inputs = {
    config,
    dataset,
    writer: createExperimentWriter(folder, { synthetic: true }),
    log: pino({ enabled: false }),
    isStopRequested: () => stop,
    resumed: null,
    fingerprint: 'f',
    store: createCheckpointStore(folder),
    facts: { dataset: 'sample', synthetic: true, baselineRssBytes: 0 } as const,
  };
  await runExperiment({ ...inputs, onEvent: (event) => { onEvent(event); stop ||= event.kind === stopAt; } }).catch(() => undefined);
  return readSummary(folder.path);
}

it.each([
  [null, 'completed'],
  ['pass', 'interrupted'],
  ['epoch', 'completed'],
] as const)('a stop asked for after %s leaves the run %s', async (stopAt, status) => {
  expect((await run(stopAt)).status).toBe(status);
});

it('a failed run says why', async () => {
  expect(await run(null, () => { throw new Error('no more'); })).toMatchObject({ status: 'failed', failure: 'no more' });
});
