/** Writes configs/experiment.schema.json, which editors read for completion and checks: `npm run schema`. */
import { writeFileSync } from 'node:fs';

import { renderConfigJsonSchema } from '../src/config/json-schema.ts';

writeFileSync(new URL('../configs/experiment.schema.json', import.meta.url), renderConfigJsonSchema());
