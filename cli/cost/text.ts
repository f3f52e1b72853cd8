const WIDTH = 118;

/** A paragraph in lines, indented; `bullet` stands before the first one. */
export function wrapped(text: string, bullet = ''): string[] {
  const lines: string[] = [];
  let line = `  ${bullet}`;
  const indent = ' '.repeat(line.length);
  for (const word of text.split(' ')) {
    if (line.trim() !== bullet.trim() && line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line.endsWith(' ') ? word : ` ${word}`;
  }
  return [...lines, line];
}
