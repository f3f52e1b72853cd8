import type { SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { createClients } from '../../lib/clients.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import type { System } from '../../test/support/system.ts';

/**
 * An instance whose signals are taken and lead to nothing, as fast as can be: for making many items dirty that nobody flushes,
 * where neither the queue nor the signals are what is measured.
 */
export function withDeafQueue(
  system: System,
  settings: SettingsInput = {},
  valkeyUrl: string = system.servers.valkey.url,
): Promise<WriteBehind> {
  const endpoints = { ...system.config.endpoints, valkeyUrl };
  const clients = createClients({ ...system.config, endpoints });
  return system.another({ clients: { ...clients, sqs: deafQueue() } }, settings);
}

function deafQueue(): SQSClient {
  const client = {
    async send({ input }: { readonly input: SendMessageBatchCommandInput }) {
      return { Successful: (input.Entries ?? []).map(({ Id }) => ({ Id })), Failed: [] };
    },
    destroy: () => undefined,
  };
  return client as unknown as SQSClient;
}
