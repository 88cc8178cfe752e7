import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { readOptional } from '../files/read.ts';
import { writeFileAtomically } from '../files/write.ts';

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One thing that a study tries, with every seed. */
const pointSchema = z.strictObject({
  /** Folders of its runs begin with it. */
  name: z.string(),
  /** `GRU, maxLength 100`; of nothing but the base, its model. */
  label: z.string(),
  /** By axis; without those that its model does not have. */
  values: z.record(z.string(), value),
  /** The name of the point that it is compared with; null of one that others are compared with. */
  reference: z.string().nullable(),
});

/** What a study may be about: accuracy, the time of an epoch, or peak memory. */
export const studyMeasures = ['accuracy', 'time', 'memory'] as const;
export type StudyMeasure = (typeof studyMeasures)[number];

/** study.json: what the runs beside it were made for, so that they can be set side by side without the study's file. */
const recordSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  question: z.string(),
  measures: z.array(z.enum(studyMeasures)).min(1).default(['accuracy']),
  /** How it is made again. */
  command: z.string(),
  axes: z.array(z.strictObject({ key: z.string(), values: z.array(value) })),
  points: z.array(pointSchema),
  seeds: z.array(z.int()),
});

export type StudyPoint = Readonly<z.infer<typeof pointSchema>>;
export type StudyRecord = Readonly<z.infer<typeof recordSchema>>;

const STUDY_FILE = 'study.json';

/** Whether a folder is one that a study made. */
export function isStudyFolder(folder: string): boolean {
  return kindOf(join(folder, STUDY_FILE)) === 'file';
}

/** @param into the folder of the study's runs, which is there */
export function writeStudyRecord(into: string, record: StudyRecord): void {
  writeFileAtomically(join(into, STUDY_FILE), `${JSON.stringify(record, null, 1)}\n`);
}

/** @throws UserError where the folder is none of a study */
export function readStudyRecord(folder: string): StudyRecord {
  return readRecord(join(folder, STUDY_FILE), recordSchema);
}

/** @throws UserError where the file is not there, or not as the schema has it */
export function readRecord<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  const text = readOptional(path);
  if (text === undefined)
    throw new UserError(`${displayPath(dirname(path))}: has no ${basename(path)}; name a folder that a study made, for example `
      + 'experiments/length');
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${displayPath(path)}: is not as this version of gatelab writes it; run the study again, which trains only what `
      + 'is missing');
  }
}
