import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { renderStudySchema } from '../../scripts/study-schema.ts';
import { defaultConfigFolder } from '../../src/experiment-config.ts';

const folder = join(defaultConfigFolder, 'studies');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const shipped = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('the schema of studies for editors', () => {
  const text = read('study.schema.json'), schema = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
  const complaintsOf = (study: string): string[] => schema.safeParse(parse(study)).error?.issues.map(({ path }) => path.join('/')) ?? [];

  it('is current (npm run schema writes it)', () => { expect(text).toBe(renderStudySchema()); });

  it.each(shipped)('is named by %s and takes it', (name) => {
    expect(read(name)).toMatch(/^# yaml-language-server: \$schema=\.\/study\.schema\.json\n/);
    expect(complaintsOf(read(name))).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['base: gru\n', ['question']],
    ['question: q\ngrids: {}\n', ['']],
    ['question: q\nset: {training.epoch: 2}\n', ['set']],
    ['question: q\nset: {training.epochs: many}\n', ['set/training.epochs']],
    ['question: q\nset: {model.cell: lstn}\n', ['set/model.cell']],
    ['question: q\ngrid: {data.maxLength: 20}\n', ['grid/data.maxLength']],
    ['question: q\ngrid: {data.maxLength: [20, 0]}\n', ['grid/data.maxLength/1']],
    ['question: q\nchanges: {wider: {model.hiddenSize: -1}}\n', ['changes/wider/model.hiddenSize']],
    ['question: q\nsearch: {trials: 1, space: {model.cell: [gru, lstm]}}\n', ['search/trials']],
    ['question: q\nsearch: {trials: 4, space: {model.cell: gru}}\n', ['search/space/model.cell']],
  ])('refuses %j', (study, places) => { expect(complaintsOf(study)).toEqual(places); });
});
