import type { Spread } from '../measure/statistics.ts';
import { comparisonTable, count, describeAbsent, describeCircumstances, withRange } from './page.ts';
import type { Page, ReportTable, Shown } from './page.ts';
import type { AnswerRow, LatencyResult } from './result.ts';

const onThreads = (threads: number): string => (threads === 1 ? 'one thread' : `${threads} threads`);

/** Reviews a second of a batch, from its seconds. */
function throughput({ middle, low, high }: Spread, batchSize: number): Shown {
  const rate = (seconds: number): string => `${count(Number((batchSize / seconds).toPrecision(3)))} /s`;
  return { middle: rate(middle), whole: withRange({ middle, low: high, high: low }, rate), relation: ';' };
}

function answersTable(threads: number, rows: readonly AnswerRow[], titles: LatencyResult['titles']): ReportTable[] {
  const label = ({ model, batchSize }: AnswerRow): string => `${model}, ${batchSize === 1 ? 'one review' : `${batchSize} reviews`}`;
  const onTheseThreads = rows.filter((row) => row.threads === threads);
  const tables = [true, false].map((isSingle) => {
    const some = onTheseThreads.filter(({ batchSize }) => (batchSize === 1) === isSingle);
    const turns = [...new Map(some.map(({ batchSize, turns: times }) => [batchSize, times]))]
      .map(([size, times]) => (isSingle ? String(times) : `${times} of ${size}`)).join(', ');
    return comparisonTable({
      title: isSingle ? `One review at a time, ${onThreads(threads)}` : `Reviews a second in batches, ${onThreads(threads)}`,
      note: `The figures are medians of turns (${turns}), each with other reviews and with the same for all, with quartiles in brackets, `
        + 'within which reviews of different length lie; ratios are formed turn by turn, of times.',
      rows: some.map((row) => ({ label: label(row), compared: row.compared, absent: row.absent })), titles,
      ...(isSingle ? {} : { show: (seconds: Spread, row: number) => throughput(seconds, some[row]?.batchSize ?? 1) }),
    });
  });
  return tables.filter(({ rows: { length } }) => length > 0);
}

export function latencyPage(result: LatencyResult): Page {
  const { answers, titles, data } = result, threads = [...new Set(answers.map((row) => row.threads))];
  const lines = [
    'What is timed is all from a text to the probabilities of its classes; of competitors that take token ids, all from ids. Weights are '
      + 'those before training',
    ...describeAbsent(answers.map(({ model, absent }) => ({ name: model, absent })), titles),
  ];
  return {
    title: 'Answers to texts',
    lines: describeCircumstances(result, threads.join(', then '),
      `reviews of the test part of ${data.location}, drawn at random and cut at ${data.maxLength} tokens, ${data.meanLength.toFixed(1)} on `
        + `average; ${count(data.vocabularySize)} words`, lines),
    tables: threads.flatMap((count) => answersTable(count, answers, titles)),
    figures: answers.map(({ model, threads: on, batchSize, compared }) =>
      ({ measure: 'answers', model, threads: on, size: batchSize, compared })),
  };
}
