import { CONFIG_AXIS } from '../study/definition.ts';
import { findStudies } from '../study/find-studies.ts';
import { isStudyFolder, readStudyRecord } from '../study/record.ts';
import { isCounted } from './comparison-rows.ts';
import { createEvidence } from './comparison.ts';
import type { Evidence } from './comparison.ts';
import { loadPointRuns } from './study.ts';

/** The models of a study at that value of one of its axes which is nearest to what somebody has. */
export interface StudyEvidence extends Evidence {
  readonly study: string;
  /** `data.maxLength` */
  readonly key: string;
  readonly value: number;
}

/**
 * What a study of several models says where one of its axes is as near, by ratio, as its complete runs get to a value.
 * @param folder of the study, of which no other runs are read
 * @returns null of a study without that axis, of other than numbers, or without other models to compare
 * @throws UserError where it is damaged
 */
export function loadStudyEvidence(folder: string, key: string, wanted: number): StudyEvidence | null {
  const record = readStudyRecord(folder), { axes, points } = record;
  if (!axes.some((axis) => axis.key === CONFIG_AXIS) || !axes.some((axis) => axis.key === key)) return null;
  const values = points.flatMap((point) => (typeof point.values[key] === 'number' ? [point.values[key]] : []));
  const distance = (value: number): number => Math.abs(Math.log(value / wanted));
  for (const value of [...new Set(values)].sort((a, b) => distance(a) - distance(b))) {
    const runs = points.filter((point) => point.values[key] === value)
      .flatMap((point) => loadPointRuns(folder, record, point)).filter(isCounted);
    if (runs.length > 0) return { study: record.name, key, value, ...createEvidence(runs) };
  }
  return null;
}

/** The same of each study in a folder that has such an axis. @throws UserError where a study is damaged */
export function loadEvidenceOfStudies(root: string, asked: Readonly<Record<string, number>>): StudyEvidence[] {
  return findStudies(root).filter(isStudyFolder)
    .flatMap((folder) => Object.entries(asked).flatMap(([key, value]) => loadStudyEvidence(folder, key, value) ?? []));
}
