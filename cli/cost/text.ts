const WIDTH = 118;

/** A heading in lines, with an empty one before it. */
export function heading(text: string): string[] {
  return ['', text, '─'.repeat(text.length)];
}

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
