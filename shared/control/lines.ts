/** Thrown at a line that is longer than allowed; the connection it came over is no longer in step. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/**
 * Cuts a stream of text into lines without their newline. Feed it chunks in order; it keeps an unfinished line of at
 * most `longest` characters for the next chunk.
 * @throws LineTooLongError
 */
export function lineSplitter(longest: number): (chunk: string) => readonly string[] {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longest || lines.some((line) => line.length > longest)) {
      rest = '';
      throw new LineTooLongError(`A line is longer than ${longest} characters.`);
    }
    return lines;
  };
}
