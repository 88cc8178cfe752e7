import prettyBytes from 'pretty-bytes';

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 5367298 → `5,367,298`. */
export function formatCount(value: number): string {
  return integers.format(value);
}

/** A fraction as a percentage with two digits: 0.8911 → `89.11 %`; an unknown one is `–`. */
export function formatPercent(fraction: number | null, digits = 2): string {
  return fraction === null ? '–' : `${(100 * fraction).toFixed(digits)} %`;
}

export function formatLoss(loss: number | null): string {
  return loss === null ? '–' : loss.toFixed(4);
}

/** Seconds as a clock shows them: 75 → `1:15`, 3675 → `1:01:15`. */
export function formatClock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, k) => (k === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** A measured time: `0.84 s`, `12.3 s`. */
export function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

const SI_PREFIXES = ['', ' k', ' M', ' G', ' T', ' P'];

/** A large count with three digits: 5 → `5`, 32768 → `32.8 k`, 8839495680 → `8.84 G`. */
export function formatLarge(count: number): string {
  const power = count < 1000 ? 0 : Math.min(SI_PREFIXES.length - 1, Math.floor(Math.log10(Number(count.toPrecision(3))) / 3));
  return power === 0 ? String(Math.round(count)) : `${(count / 1000 ** power).toPrecision(3)}${SI_PREFIXES[power] ?? ''}`;
}

/** Powers of 1024, as memory is counted: `1.21 GiB`. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes, { binary: true });
}

/** `a, b and c` */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** `one seed each` → `One seed each` */
export function capitalize(text: string): string {
  return text.replace(/^./u, (letter) => letter.toUpperCase());
}

/** `+1.32`, `−0.08`: how much more or less. */
export function formatSigned(value: number, digits = 2): string {
  return Number.isNaN(value) ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}
