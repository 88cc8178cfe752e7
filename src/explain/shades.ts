/** How strongly a word is coloured: 1 to `SHADES` towards the answer, −1 to −`SHADES` away from it, 0 for no colour. */
export const SHADES = 4;

/** Log-odds: of a text whose strongest word is weaker than this, no word is coloured as strongly as can be. */
const WEAKEST_STRONGEST = 0.25;

/** What a full colour stands for in a text: its strongest effect either way. @param effects of one class */
export function findFullEffect(effects: readonly (number | null)[]): number {
  return effects.reduce<number>((largest, effect) => Math.max(largest, Math.abs(effect ?? 0)), WEAKEST_STRONGEST);
}

/** The least effect that is coloured. */
export function findLeastShown(full: number): number {
  return full / (2 * SHADES);
}

/** Shades are even steps of the effect, rounded to the nearest. @param full as of `findFullEffect` */
export function shadeOf(effect: number | null, full: number): number {
  if (effect === null || Number.isNaN(effect)) return 0;
  const shade = Math.min(SHADES, Math.round((SHADES * Math.abs(effect)) / full));
  return effect < 0 && shade > 0 ? -shade : shade;
}

/** The style of a shade in a page, after that of a word: ` f3` for a word that speaks for the answer, ` a1` for one against it. */
export function shadeClass(shade: number): string {
  return shade === 0 ? '' : ` ${shade > 0 ? 'f' : 'a'}${Math.abs(shade)}`;
}
