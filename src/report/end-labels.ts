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

/** A name beside a panel: the sample of a line, then the text. */
export interface EndLabel {
  readonly lines: readonly string[];
  /** Where it would best stand, in the panel's values. */
  readonly value: number;
  readonly colour: string;
  readonly dash: readonly number[];
  /** The point on the sample, as on the line; null for a line without points. */
  readonly shape: string | null;
  /** Whether its line ends at the panel's edge, so that a short leader shows which one it is. */
  readonly hasLeader: boolean;
}

export interface LabelledPanel {
  readonly width: number;
  readonly height: number;
  /** From the last point of a line to the panel's edge. */
  readonly side: number;
  /** Lowest and highest value shown. */
  readonly domain: readonly [number, number];
  /** The panel's y channel, without a field. */
  readonly y: object;
}

export const LABEL_SIZE = 11;
/** From one line of a label to the next. */
export const LABEL_GAP = 13.5;
/** From the panel's edge to a label's sample: room for leaders. */
const GUTTER = 14;
const SAMPLE = 22;
/** From the sample to the text. */
const SPACE = 5;
/** Of DejaVu Sans, the average letter of a name, in the size of labels. */
const LETTER_WIDTH = 0.62;

/** The room that labels take beside a panel, in the picture's units. */
export function measureLabels(labels: readonly (readonly string[])[]): { width: number; height: number } {
  const lines = labels.flat();
  const longest = Math.max(0, ...lines.map((line) => line.length));
  return {
    width: lines.length === 0 ? 0 : GUTTER + SAMPLE + SPACE + longest * LETTER_WIDTH * LABEL_SIZE,
    height: lines.length * LABEL_GAP,
  };
}

/**
 * Names beside a panel, each as near to the end of its line as the others allow.
 * @returns layers of Vega-Lite for the panel
 */
export function labelLayers(labels: readonly EndLabel[], { width, height, side, domain: [low, high], y }: LabelledPanel): object[] {
  const toPixels = (value: number): number => (height * (high - value)) / (high - low);
  const toValue = (pixels: number): number => high - (pixels * (high - low)) / height;
  const room = labels.map(({ value, lines }) => ({
    wanted: toPixels(value) - (lines.length * LABEL_GAP) / 2,
    height: lines.length * LABEL_GAP,
  }));
  const tops = placeLabels(room, height + LABEL_GAP / 2);
  const values = labels.map(({ lines, ...label }, k) => ({ ...label, text: lines, place: toValue((tops[k] ?? 0) + LABEL_GAP / 2) }));
  const sample = { x: { value: width + GUTTER }, color: { field: 'colour', type: 'nominal', scale: null } };
  const atPlace = { y: { ...y, field: 'place' } };
  return [
    {
      data: { values: values.filter(({ hasLeader }) => hasLeader) },
      mark: { type: 'rule', strokeWidth: 0.8, aria: false },
      encoding: {
        x: { value: width - side },
        x2: { value: width + GUTTER },
        y: { ...y, field: 'value' },
        y2: { field: 'place' },
        color: sample.color,
      },
    },
    {
      data: { values },
      mark: { type: 'rule', strokeWidth: 2, aria: false },
      encoding: {
        ...sample,
        x2: { value: width + GUTTER + SAMPLE },
        ...atPlace,
        strokeDash: { field: 'dash', type: 'nominal', scale: null },
      },
    },
    {
      data: { values: values.filter(({ shape }) => shape !== null) },
      mark: { type: 'point', filled: true, size: 36, opacity: 1, aria: false },
      encoding: {
        x: { value: width + GUTTER + SAMPLE / 2 },
        ...atPlace,
        color: sample.color,
        shape: { field: 'shape', type: 'nominal', scale: null },
      },
    },
    {
      data: { values },
      mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: LABEL_SIZE, lineHeight: LABEL_GAP, color: '#222222' },
      encoding: { x: { value: width + GUTTER + SAMPLE + SPACE }, ...atPlace, text: { field: 'text' } },
    },
  ];
}
