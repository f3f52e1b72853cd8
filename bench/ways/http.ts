import { Agent, request } from 'node:http';
import type { Config } from '../../lib/config.ts';
import type { Durability } from '../../lib/settings.ts';
import { ServerProcess } from '../../local/embedded/server-process.ts';
import { checked, requestWays } from './handler.ts';
import type { PutMany, PutOne } from './library.ts';

/** The API in a process of its own, by HTTP over connections that stay open. */
export interface HttpApi {
  ways(durability: Durability): { put: PutOne; batch: PutMany };
  stop(): Promise<void>;
}

/** Starts the API in a process of its own, on the servers that `config` names. */
export async function startHttpApi(config: Config): Promise<HttpApi> {
  const server = await ServerProcess.run('the API', 'bench/ways/http-child', [JSON.stringify(config)], console.error);
  const agent = new Agent({ keepAlive: true });
  const at = { agent, host: '127.0.0.1', port: server.port! };
  return {
    ways: (durability) =>
      requestWays(async (method, path, text) => {
        const body = Buffer.from(text);
        const headers = {
          'content-type': 'application/json',
          'content-length': body.length,
          'write-durability': durability,
        };
        const answer = await exchange({ ...at, method, path, headers }, body);
        checked(answer.status, answer.body);
      }),
    async stop() {
      agent.destroy();
      await server.stop();
    },
  };
}

function exchange(options: object, body: Buffer): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.once('error', reject);
      incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
