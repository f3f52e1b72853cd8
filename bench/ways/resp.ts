const LINE_END = '\r\n';

/**
 * The commands in what a client sent to Valkey: arrays of bulk strings.
 *
 * @throws {RangeError} it is something else, or ends within a command
 */
export function commandsIn(bytes: Buffer): string[][] {
  const commands: string[][] = [];
  let position = 0;
  const count = (kind: string): number => {
    const end = bytes.indexOf(LINE_END, position);
    const line = bytes.toString('latin1', position, end < 0 ? bytes.length : end);
    if (end < 0 || line[0] !== kind) throw new RangeError(`Not a command at byte ${position}: ${line.slice(0, 40)}`);
    position = end + LINE_END.length;
    return Number(line.slice(1));
  };
  while (position < bytes.length) {
    commands.push(
      Array.from({ length: count('*') }, () => {
        const start = position;
        const length = count('$');
        const text = bytes.toString('utf8', position, position + length);
        position += length + LINE_END.length;
        if (position > bytes.length) throw new RangeError(`The command at byte ${start} ends too early.`);
        return text;
      }),
    );
  }
  return commands;
}
