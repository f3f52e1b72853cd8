import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readFlags } from '../../cli/demo/flags.ts';
import { UsageError } from '../../cli/errors.ts';

const DEMO = fileURLToPath(new URL('../../cli/demo.ts', import.meta.url));

function demo(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [DEMO, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('flags of the demo', () => {
  test('everything has a default', () => {
    expect(readFlags([])).toEqual({
      interactive: false,
      verbose: false,
      flush: false,
      help: false,
      flightId: 115,
      durability: 'queue',
      records: undefined,
      windowSeconds: 5,
    });
  });

  test('short and long forms', () => {
    const args = ['-ivf', '--flight-id', '7', '--durability', 'cache', '--records', '100', '--window', '0'];
    expect(readFlags(args)).toEqual({
      interactive: true,
      verbose: true,
      flush: true,
      help: false,
      flightId: 7,
      durability: 'cache',
      records: 100,
      windowSeconds: 0,
    });
  });

  test.each([
    [['--flight-id', '-1'], '--flight-id'],
    [['--flight-id', '1.5'], '--flight-id'],
    [['--records', 'many'], '--records'],
    [['--window', '901'], '--window: must be a whole number from 0 to 900, not "901"'],
    [['--durability', 'disk'], '--durability: must be cache, queue, database, not "disk"'],
    [['--unknown'], '--unknown'],
    [['115'], '115'],
  ])('%j is refused by name', (args, message) => {
    expect(() => readFlags(args)).toThrow(UsageError);
    expect(() => readFlags(args)).toThrow(message);
  });

  test('--help prints the options and ends well', async () => {
    const { code, stdout } = await demo('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--flight-id N');
  });

  test('a mistake says what is wrong, starts nothing and exits with 2', async () => {
    const { code, stdout, stderr } = await demo('--window', 'long');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--window: must be a whole number from 0 to 900, not "long"');
  });

  test('a flight that the file does not have is a mistake, too', async () => {
    const { code, stderr } = await demo('--flight-id', '3000000');
    expect(code).toBe(2);
    expect(stderr).toContain('--flight-id: the file allows at most 2999999');
  });
});
