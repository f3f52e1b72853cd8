import { commandLine, type Printed } from './command-line.ts';

/** Carries out `write-behind cost` with arguments. */
export function cost(...args: string[]): Promise<Printed> {
  return commandLine(['cost', ...args]);
}
