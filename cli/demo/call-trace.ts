import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { scripts } from '../../lib/cache/scripts.generated.ts';
import { type Clients, createClients } from '../../lib/clients.ts';
import type { Config } from '../../lib/config.ts';

const nameOfSource = new Map<string, string>(Object.entries(scripts).map(([name, { source }]) => [source, name]));
const nameOfSha = new Map(
  [...nameOfSource].map(([source, name]) => [createHash('sha1').update(source).digest('hex'), name]),
);

/**
 * Clients for the product that tell about every call when it has been answered.
 *
 * @param show takes the server's name, what was called, and how long it took
 */
export function tracedClients(config: Config, show: (server: string, call: string, ms: number) => void): Clients {
  const clients = createClients(config);
  // A cluster client has the same method, though its type allows more arguments.
  traceValkey(clients.valkey as Redis, (call, ms) => show('valkey', call, ms));
  const awsClients = { sqs: clients.sqs, dynamodb: clients.dynamodb };
  for (const [server, client] of Object.entries(awsClients)) {
    // The two clients' stacks differ in their types only.
    (client as Clients['sqs']).middlewareStack.add(
      (next, context) => async (args) => {
        const startedAt = performance.now();
        try {
          return await next(args);
        } finally {
          show(server, describeAws(context.commandName ?? '', args.input), performance.now() - startedAt);
        }
      },
      { step: 'initialize', name: 'callTrace' },
    );
  }
  return clients;
}

/** What a client says about itself when it connects is of no interest. */
const ON_CONNECTING = new Set(['client', 'info', 'hello', 'auth', 'select']);

function traceValkey(client: Redis, show: (call: string, ms: number) => void): void {
  const send = client.sendCommand.bind(client);
  // The same command for many shards is one line, not sixty-four.
  const together = new Map<string, Promise<unknown>[]>();
  client.sendCommand = (command, stream) => {
    if (!ON_CONNECTING.has(command.name)) {
      const call = describeValkey(command.name, command.args);
      const startedAt = performance.now();
      const others = together.get(call) ?? [];
      others.push(command.promise);
      if (others.length === 1) {
        together.set(call, others);
        setImmediate(() => {
          together.delete(call);
          const count = others.length > 1 ? `, ${others.length} times in one round` : '';
          // The outcome is the caller's; this only looks on.
          Promise.allSettled(others).then(() => show(call + count, performance.now() - startedAt));
        });
      }
    }
    return send(command, stream);
  };
}

function describeValkey(name: string, args: readonly unknown[]): string {
  const [script = '', , key] = args.map(String);
  if (name === 'evalsha') return `script ${nameOfSha.get(script) ?? script}, ${key}`;
  if (name === 'eval') return `script ${nameOfSource.get(script) ?? '?'} loaded, ${key}`;
  return name;
}

interface AwsInput {
  readonly Key?: { readonly pk?: { readonly S?: string } };
  readonly Item?: { readonly pk?: { readonly S?: string } };
  readonly ConditionExpression?: string;
}

function describeAws(command: string, input: object): string {
  const { Key, Item, ConditionExpression } = input as AwsInput;
  const name = command.replace(/Command$/, '');
  const key = (Key ?? Item)?.pk?.S;
  return [name, key, ConditionExpression && `if ${ConditionExpression}`].filter(Boolean).join(' ');
}
