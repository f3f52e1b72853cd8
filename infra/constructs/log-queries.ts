import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionFolder } from '../function-bundle.ts';
import { logQueries } from './log-query-list.ts';

/** Props of {@link LogQueries}. */
export interface LogQueriesProps {
  /** Name of the cache: the folder in which the queries are. */
  readonly name: string;
  /** Of the functions that there are. */
  readonly logGroups: Readonly<Partial<Record<FunctionFolder, ILogGroup>>>;
}

/** What operators ask the logs, saved in CloudWatch Logs Insights under the cache's name. */
export class LogQueries extends Construct {
  constructor(scope: Construct, id: string, { name, logGroups }: LogQueriesProps) {
    super(scope, id);
    for (const query of logQueries) {
      new CfnQueryDefinition(this, query.name.replaceAll(/\W/g, ''), {
        name: `${name}/${query.name}`,
        logGroupNames: query.of.flatMap((folder) => logGroups[folder]?.logGroupName ?? []),
        queryString: query.text,
      });
    }
  }
}
