import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { localEnvironment } from '../../lib/environment.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { startValkey, type ValkeyKind } from '../../local/embedded/valkey.ts';
import { TABLE } from '../peer/table.ts';

/** A row of the table, without its key. */
export interface Row {
  /** Of a put. */
  readonly v?: string;
  /** Of increments. */
  readonly n?: number;
}

/** What a peer is started on: both empty. */
export interface PeerServers {
  readonly valkey: EmbeddedServer<ValkeyKind>;
  readonly dynamodb: EmbeddedServer<'dynoxide'>;
  /** Rows of the table by key. */
  rows(): Promise<ReadonlyMap<string, Row>>;
  stop(): Promise<void>;
}

/** Starts a Valkey and a DynamoDB with the table of the comparison. */
export async function startPeerServers(): Promise<PeerServers> {
  const { valkeyServer: server, searchPath } = localEnvironment();
  const [valkey, dynamodb] = await Promise.all([startValkey({ server, searchPath }), startDynamodb()]);
  const client = localDynamodbClient(dynamodb.url);
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  const documents = DynamoDBDocumentClient.from(client);
  return {
    valkey,
    dynamodb,
    async rows() {
      const found = new Map<string, Row>();
      let from: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new ScanCommand({ TableName: TABLE, ConsistentRead: true, ExclusiveStartKey: from }),
        );
        for (const { pk, ...row } of page.Items ?? []) found.set(pk as string, row);
        from = page.LastEvaluatedKey;
      } while (from);
      return found;
    },
    async stop() {
      client.destroy();
      await Promise.all([valkey.stop(), dynamodb.stop()]);
    },
  };
}
