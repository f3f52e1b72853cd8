import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { processTerminal } from '../../cli/terminal.ts';
import { commandLine } from './command-line.ts';

const DOCUMENT = new URL('../../docs/command-line.md', import.meta.url);
const shown = new Map(
  [...readFileSync(DOCUMENT, 'utf8').matchAll(/^```\n\$ npx write-behind( ?[^\n]*) --help\n(.*?)^```$/gms)].map(
    ([, command, help]) => [command!.trim(), help!],
  ),
);

/** Names of the commands within one, as they are typed. */
function namesWithin(command: Command, prefix = ''): string[] {
  return command.commands.flatMap((each) => [prefix + each.name(), ...namesWithin(each, `${prefix}${each.name()} `)]);
}
const names = namesWithin(createProgram(processTerminal(), () => undefined));

describe('docs/command-line.md', () => {
  test('shows every command but those with options of their own', () => {
    expect(names.length).toBeGreaterThan(15);
    expect(new Set([...shown.keys()])).toEqual(
      new Set(['', ...names.filter((name) => !['cost', 'start', 'demo'].includes(name))]),
    );
  });

  test.each([...shown])('shows the help of "%s" as it is', async (command, help) => {
    const { code, out } = await commandLine([...command.split(' ').filter(Boolean), '--help']);
    expect({ code, out }).toEqual({ code: 0, out: help });
  });
});
