import { CONFIG_AXIS } from '../study/definition.ts';
import { findStudies } from '../study/find-studies.ts';
import { isStudyFolder } from '../study/record.ts';
import { createEvidence } from './comparison.ts';
import type { Evidence } from './comparison.ts';
import { loadStudy } from './study.ts';
import type { StudyResult } from './study.ts';

/** The models of a study at that value of one of its axes which is nearest to what somebody has. */
export interface StudyEvidence extends Evidence {
  readonly study: string;
  /** `data.maxLength` */
  readonly key: string;
  readonly value: number;
}

/**
 * What a study of several models says where one of its axes is as near as it gets to a value.
 * @returns null of a study without that axis, of other than numbers, or without other models to compare
 */
export function findStudyEvidence({ record, points }: StudyResult, key: string, wanted: number): StudyEvidence | null {
  if (!record.axes.some((axis) => axis.key === CONFIG_AXIS) || !record.axes.some((axis) => axis.key === key)) return null;
  const values = points.flatMap(({ point }) => (typeof point.values[key] === 'number' ? [point.values[key]] : []));
  const distance = (value: number): number => Math.abs(Math.log(value / wanted));
  const [nearest] = values.toSorted((a, b) => distance(a) - distance(b));
  if (nearest === undefined) return null;
  const runs = points.filter(({ point }) => point.values[key] === nearest).flatMap(({ row }) => row.experiments);
  return { study: record.name, key, value: nearest, ...createEvidence(runs) };
}

/** The same of each study in a folder that has such an axis. @throws UserError where a study is damaged */
export function loadStudyEvidence(root: string, asked: Readonly<Record<string, number>>): StudyEvidence[] {
  return findStudies(root).filter(isStudyFolder).map(loadStudy)
    .flatMap((study) => Object.entries(asked).flatMap(([key, value]) => findStudyEvidence(study, key, value) ?? []));
}
