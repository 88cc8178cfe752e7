/** What stands beside a panel: where its top would best be, and how high it is, in pixels. */
export interface Label {
  readonly wanted: number;
  readonly height: number;
}

/**
 * Moves labels apart along one axis: each as near to where it wants to be as the ones before it allow.
 * @param end where the last one ends at the latest; there must be room for all
 * @returns the top of each, in the order given
 */
export function placeLabels(labels: readonly Label[], end: number): number[] {
  const order = [...labels.entries()].sort(([, a], [, b]) => a.wanted - b.wanted);
  const tops = labels.map(({ wanted }) => wanted);
  let least = 0;
  for (const [k, { wanted, height }] of order) {
    const top = Math.max(wanted, least);
    tops[k] = top;
    least = top + height;
  }
  let most = end;
  for (const [k, { wanted, height }] of order.reverse()) {
    most = Math.min(tops[k] ?? wanted, most - height);
    tops[k] = most;
  }
  return tops;
}
