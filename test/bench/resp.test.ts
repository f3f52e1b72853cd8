import { expect, test } from 'vitest';
import { commandsIn } from '../../bench/ways/resp.ts';

const wire = '*3\r\n$7\r\nevalsha\r\n$4\r\nä\r\n\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n';

test('commands are read as they were sent, whatever bytes they hold', () => {
  expect(commandsIn(Buffer.from(wire))).toEqual([['evalsha', 'ä\r\n', ''], ['PING']]);
  expect(commandsIn(Buffer.alloc(0))).toEqual([]);
});

test.each(['PING\r\n', wire.slice(0, -3), '*1\r\n+OK\r\n', '*2\r\n$1'])('%j is no command', (text) => {
  expect(() => commandsIn(Buffer.from(text))).toThrow(RangeError);
});
