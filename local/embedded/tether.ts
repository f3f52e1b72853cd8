/**
 * Runs a native server program (`tether.ts PROGRAM ARGS…`) as its only child and takes it along when the process that
 * started the tether is gone, however that one died: the IPC channel between them closes even on SIGKILL.
 */
import { spawn } from 'node:child_process';
import { report } from './child-protocol.ts';

const [program = '', ...args] = process.argv.slice(2);
const server = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });

process.on('disconnect', () => {
  if (!server.kill('SIGKILL')) process.exit(1);
});
server.once('spawn', () => report({ pid: server.pid! }));
server.once('error', (error) => {
  report({ error: error.message });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
server.once('exit', (code, signal) => {
  if (signal) process.stderr.write(`ended by ${signal}\n`);
  process.exit(code ?? 1);
});
