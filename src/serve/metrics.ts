/** Upper bounds in seconds of the histogram of times. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface Metrics {
  /** @param route as it is declared, so that requests for other addresses make no lines of their own */
  countRequest(route: string, status: number, seconds: number): void;
  countBatch(texts: number): void;
  /** As Prometheus scrapes it: text format 0.0.4. */
  render(): string;
}

/** @param readQueue how many texts wait now */
export function createMetrics(readQueue: () => number): Metrics {
  const requests = new Map<string, number>(), buckets = bounds.map(() => 0);
  let texts = 0, batches = 0, count = 0, sum = 0;
  return {
    countRequest(route, status, seconds) {
      const labels = `route="${route}",status="${status}"`;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
      bounds.forEach((bound, k) => { if (seconds <= bound) buckets[k] = (buckets[k] ?? 0) + 1; });
      count += 1;
      sum += seconds;
    },
    countBatch(size) {
      texts += size;
      batches += 1;
    },
    render: () => [
      ...renderMetric('requests_total', 'counter', 'Requests answered, by route and status.',
        [...requests].map(([labels, value]) => [`requests_total{${labels}}`, value])),
      ...renderMetric('texts_total', 'counter', 'Texts predicted.', [['texts_total', texts]]),
      ...renderMetric('batches_total', 'counter', 'Batches that the texts were predicted in.', [['batches_total', batches]]),
      ...renderMetric('queue_texts', 'gauge', 'Texts that wait for their prediction.', [['queue_texts', readQueue()]]),
      ...renderMetric('request_seconds', 'histogram', 'Time from the head of a request to the end of its answer.', [
        ...bounds.map((bound, k): Sample => [`request_seconds_bucket{le="${bound}"}`, buckets[k] ?? 0]),
        ['request_seconds_bucket{le="+Inf"}', count], ['request_seconds_sum', sum], ['request_seconds_count', count],
      ]),
      ...renderMetric('resident_memory_bytes', 'gauge', 'Memory of the process.', [['resident_memory_bytes', process.memoryUsage.rss()]]),
      '',
    ].join('\n'),
  };
}

type Sample = readonly [name: string, value: number];

function renderMetric(name: string, type: string, help: string, samples: readonly Sample[]): string[] {
  return [
    `# HELP gatelab_${name} ${help}`, `# TYPE gatelab_${name} ${type}`, ...samples.map(([sample, value]) => `gatelab_${sample} ${value}`),
  ];
}
