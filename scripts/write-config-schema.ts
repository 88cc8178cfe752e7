/** Writes what is made from the schema: configs/experiment.schema.json, for editors, and docs/config.md, for people: `npm run schema`. */
import { writeFileSync } from 'node:fs';

import { renderConfigPage } from './config-page.ts';
import { renderJsonSchema } from '../src/config/known-keys.ts';
import { experimentConfigs } from '../src/experiment-config.ts';

writeFileSync(new URL('../configs/experiment.schema.json', import.meta.url), renderJsonSchema(experimentConfigs));
writeFileSync(new URL('../docs/config.md', import.meta.url), renderConfigPage());
