import { UserError } from '../../errors.ts';

/** Takes the rows of a table, whatever the file's format. */
export interface RowSink {
  /** How the file is called in messages. */
  readonly shown: string;
  /** The first row is the header. @param line of the file, from 1, on which the row begins */
  row(fields: readonly string[], line: number): void;
  /** Notes a row that cannot be read. */
  reject(problem: string, line: number): void;
}

/** Lines named of each kind of problem, and kinds named. */
const LINES_SHOWN = 5;
const KINDS_SHOWN = 5;

/** What is wrong with rows, each kind once with its lines, so that one start shows all there is to fix. */
export interface RowProblems {
  add(problem: string, line: number): void;
  /** Notes what is wrong with the whole table. */
  addWhole(problem: string): void;
  /** @throws UserError with a line for each kind */
  throwIfAny(): void;
}

function renderKind(shown: string, problem: string, lines: readonly number[], count: number): string {
  if (count === 1) return `${shown}, line ${lines[0] ?? 0}: ${problem}`;
  return `${shown}, ${count} rows (lines ${lines.join(', ')}${count > lines.length ? ', …' : ''}): ${problem}`;
}

export function createRowProblems(shown: string): RowProblems {
  const kinds = new Map<string, { readonly lines: number[]; count: number }>();
  const whole: string[] = [];
  return {
    add(problem, line) {
      const kind = kinds.get(problem) ?? { lines: [], count: 0 };
      kinds.set(problem, kind);
      kind.count += 1;
      if (kind.lines.length < LINES_SHOWN) kind.lines.push(line);
    },
    addWhole: (problem) => { whole.push(`${shown}: ${problem}`); },
    throwIfAny() {
      const rendered = [...kinds].slice(0, KINDS_SHOWN).map(([problem, { lines, count }]) => renderKind(shown, problem, lines, count));
      if (rendered.length + whole.length === 0) return;
      if (kinds.size > KINDS_SHOWN) rendered.push(`… and ${kinds.size - KINDS_SHOWN} more kinds of problems`);
      throw new UserError([...rendered, ...whole].join('\n'));
    },
  };
}
