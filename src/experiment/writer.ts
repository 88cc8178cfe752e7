import { join } from 'node:path';
import pino from 'pino';

import { displayPath } from '../files/paths.ts';
import { toDiskError } from '../files/disk-errors.ts';
import type { ExperimentFolder } from './folder.ts';
import { nameNonFinite, epochColumns } from './records.ts';
import type { Environment, EpochRecord, Summary } from './records.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { renderConfig } from '../config/yaml.ts';
import { CALIBRATION_FILE } from './calibration.ts';
import type { Calibration } from './calibration.ts';
import { writePredictions } from './predictions.ts';
import type { Predictions } from './predictions.ts';
import { writeFileAtomically } from '../files/write.ts';
import { renderCsv } from '../files/escape.ts';

/**
 * log.jsonl: one JSON line an event, on the disk when the call returns.
 * A log that can no longer be written does not end a run: the records, written next, report a full disk.
 * @throws UserError when the file cannot be opened
 */
export function createLog(folder: ExperimentFolder, { synthetic }: { readonly synthetic: boolean }): pino.Logger {
  const path = join(folder.path, 'log.jsonl');
  try {
    const destination = pino.destination({ dest: path, sync: true });
    destination.on('error', () => undefined);
    const formatters = { level: (label: string) => ({ level: label }), log: nameNumbers };
    return pino({ base: synthetic ? { synthetic } : null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
  } catch (error) {
    throw toDiskError(error, `${displayPath(path)}: cannot be opened`);
  }
}

/** A loss that is not a number is not null in the log either. */
function nameNumbers(event: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(event).map(([key, value]) => [key, nameNonFinite(key, value)]));
}

const syntheticNote = '# Trained on synthetic reviews made by gatelab, not on IMDB: compare with other synthetic runs only.\n';

/** The only writer of an experiment folder. Each file is whole at any moment, whatever happens to the process. */
export interface ExperimentWriter {
  /** The resolved config, every default written out. */
  writeConfig(config: AnyConfig): void;
  writeEnvironment(environment: Environment): void;
  /** metrics.jsonl and metrics.csv, a line each. */
  writeEpochs(records: readonly EpochRecord[]): void;
  /** predictions.csv.gz, of the epoch that is the best so far. */
  writePredictions(predictions: Predictions): void;
  /** calibration.json, of the same epoch. */
  writeCalibration(calibration: Calibration): void;
  writeSummary(summary: Summary): void;
  /** @param svg as renderCurves makes it */
  writeCurves(svg: string): void;
}

function renderJson(value: Environment | Summary): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function renderJsonLines(records: readonly EpochRecord[], mark: object): string {
  return records.map((record) => `${JSON.stringify({ ...record, ...mark }, nameNonFinite)}\n`).join('');
}

function renderMetrics(records: readonly EpochRecord[], mark: Readonly<Record<string, unknown>>): string {
  const rows = records.map((record) => [...epochColumns.map((column) => record[column]), ...Object.values(mark)]);
  return renderCsv([[...epochColumns, ...Object.keys(mark)], ...rows]);
}

/**
 * @param synthetic marks every file of a run on synthetic reviews
 * @throws UserError from each of its methods when the disk does not take the file
 */
export function createExperimentWriter(folder: ExperimentFolder, { synthetic }: { readonly synthetic: boolean }): ExperimentWriter {
  const write = (file: string, content: string): void => { writeFileAtomically(join(folder.path, file), content); };
  const mark = synthetic ? { synthetic: true } : {};
  return {
    writeConfig: (config) => { write('config.yaml', `${synthetic ? syntheticNote : ''}${renderConfig(config)}`); },
    writeEnvironment: (environment) => { write('environment.json', renderJson(environment)); },
    writeEpochs: (records) => {
      write('metrics.jsonl', renderJsonLines(records, mark));
      write('metrics.csv', renderMetrics(records, mark));
    },
    writePredictions: (predictions) => { writePredictions(folder.path, predictions, mark); },
    writeCalibration: (calibration) => {
      write(CALIBRATION_FILE, `${JSON.stringify({ ...calibration, ...mark }, nameNonFinite, 2)}\n`);
    },
    writeSummary: (summary) => { write('summary.json', renderJson(summary)); },
    writeCurves: (svg) => { write('curves.svg', svg); },
  };
}
