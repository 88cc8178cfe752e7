/**
 * Writes what is made from the schemas: configs/experiment.schema.json and configs/studies/study.schema.json, for editors, and
 * docs/config.md, for people: `npm run schema`.
 */
import { writeFileSync } from 'node:fs';

import { renderConfigPage } from './config-page.ts';
import { renderStudySchema } from './study-schema.ts';
import { renderJsonSchema } from '../src/config/known-keys.ts';
import { experimentConfigs } from '../src/experiment-config.ts';

writeFileSync(new URL('../configs/experiment.schema.json', import.meta.url), renderJsonSchema(experimentConfigs));
writeFileSync(new URL('../configs/studies/study.schema.json', import.meta.url), renderStudySchema());
writeFileSync(new URL('../docs/config.md', import.meta.url), renderConfigPage());
