import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { CREATED, LIST_INDEX, LIST_PARTITION } from '../../lib/store/list-index.ts';

/** Props of {@link Tables}. */
export interface TablesProps {
  /** Whether there is a table of the history. */
  readonly history: boolean;
  /** Whether the table has the index that lists are read from. */
  readonly listing: boolean;
  /** Whether the table has a stream of what changes. */
  readonly stream: boolean;
  /** With RETAIN the tables are also protected from deletion. */
  readonly removalPolicy: RemovalPolicy;
}

/** The table of the items, and that of the history where a collection is audited. */
export class Tables extends Construct {
  readonly table: dynamodb.Table;
  readonly historyTable: dynamodb.Table | undefined;
  /** ARN of the index that lists are read from, where there is one. */
  readonly listIndexArn: string | undefined;

  constructor(scope: Construct, id: string, { history, listing, stream, removalPolicy }: TablesProps) {
    super(scope, id);
    const common = {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    };
    this.table = new dynamodb.Table(this, 'Items', {
      ...common,
      timeToLiveAttribute: '_ttl',
      ...(stream && { stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES }),
    });
    if (listing) {
      this.listIndexArn = `${this.table.tableArn}/index/${LIST_INDEX}`;
      this.table.addGlobalSecondaryIndex({
        indexName: LIST_INDEX,
        partitionKey: { name: LIST_PARTITION, type: dynamodb.AttributeType.STRING },
        sortKey: { name: CREATED, type: dynamodb.AttributeType.NUMBER },
        // An item that changes keeps its place: only creating and deleting write to the index.
        projectionType: dynamodb.ProjectionType.KEYS_ONLY,
      });
    }
    if (history) {
      const sortKey = { name: '_v', type: dynamodb.AttributeType.NUMBER };
      this.historyTable = new dynamodb.Table(this, 'History', { ...common, sortKey });
    }
  }
}
