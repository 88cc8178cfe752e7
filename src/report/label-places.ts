/**
 * Moves labels apart along one axis: each as near to where it wants to be as the ones before it allow.
 * @param wanted where the labels would best be, in pixels
 * @param gap least distance of two; `limit` largest place, which must have room for all
 * @returns places in the order of `wanted`
 */
export function placeLabels(wanted: readonly number[], gap: number, limit: number): number[] {
  const order = [...wanted.keys()].sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const places = [...wanted];
  let least = 0;
  for (const k of order) {
    places[k] = Math.max(places[k] ?? 0, least);
    least = (places[k] ?? 0) + gap;
  }
  let most = limit;
  for (const k of order.reverse()) {
    places[k] = Math.min(places[k] ?? 0, most);
    most = (places[k] ?? 0) - gap;
  }
  return places;
}
