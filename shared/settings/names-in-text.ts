/** The names in a text with commas, as proxy.exclude has them in Docker's prose. */
export const namesIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
