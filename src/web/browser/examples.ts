/** Whether classes are those of the reviews; of data about something else the examples are not shown. */
export function isOfFeeling(classes: readonly string[]): boolean {
  return classes.toSorted().join() === 'negative,positive';
}

/** Texts to try, our own. */
export const examples = [
  {
    name: 'a warm one',
    text: 'I went in expecting little and came out smiling. The story takes its time, the actors listen to each other, and the last '
      + 'scene is quietly wonderful.',
  },
  {
    name: 'a cold one',
    text: 'Two hours that I will not get back. The plot is a mess, the jokes fall flat, and nobody on the screen seems to believe a '
      + 'word of it.',
  },
  {
    name: 'a mixed one',
    text: 'It looks beautiful and the music is superb, but the script is weak, and by the end I was bored. Not bad, not good; somewhere '
      + 'between.',
  },
] as const;
