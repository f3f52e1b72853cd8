import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

/** Props of {@link Tables}. */
export interface TablesProps {
  /** Whether there is a table of the history. */
  readonly history: boolean;
  /** With RETAIN the tables are also protected from deletion. */
  readonly removalPolicy: RemovalPolicy;
}

/** The table of the items, and that of the history where a collection is audited. */
export class Tables extends Construct {
  readonly table: dynamodb.Table;
  readonly historyTable: dynamodb.Table | undefined;

  constructor(scope: Construct, id: string, { history, removalPolicy }: TablesProps) {
    super(scope, id);
    const common = {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    };
    this.table = new dynamodb.Table(this, 'Items', { ...common, timeToLiveAttribute: '_ttl' });
    if (history) {
      const sortKey = { name: '_v', type: dynamodb.AttributeType.NUMBER };
      this.historyTable = new dynamodb.Table(this, 'History', { ...common, sortKey });
    }
  }
}
