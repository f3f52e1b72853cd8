import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { WriteBehindCache, WriteBehindCacheProps } from './constructs/write-behind-cache.ts';

/** Rules of cdk-nag's AwsSolutions pack that this system breaks on purpose, each with the reason, as narrow as can be. */
export function acknowledge(cache: WriteBehindCache, { auth }: WriteBehindCacheProps): void {
  const { restApi } = cache.api;
  because(restApi, {
    APIG2: 'The function checks every request against its schema and answers with problem+json.',
    APIG3: 'Calls are signed and throttled; a web ACL can be attached to the stage where one is wanted.',
    APIG6:
      'Access logs and the logs of the function say all of it; execution logs would hold items, and outlive the stack.',
    COG4: 'Callers are programs with AWS credentials: they sign with IAM.',
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
      "API Gateway's one role for logging, which AWS documents with this policy.",
  });
  if (auth === 'none') because(restApi, { APIG4: 'Chosen by `auth`, which warns of it on its own.' });
  for (const role of [cache.apiFunction, cache.flushFunction, cache.sweepFunction, cache.streamFunction].map(
    (each) => each?.role,
  )) {
    if (!role) continue;
    because(role, { 'IAM5[Resource::*]': 'Neither traces nor network interfaces that do not exist yet can be named.' });
  }
  if (cache.network) {
    because(cache.network, {
      VPC7: 'Nothing leads out of these subnets but two endpoints, whose policies name what may pass.',
    });
  }
}

function because(scope: IConstruct, reasons: Record<string, string>): void {
  Validations.of(scope).acknowledge(
    ...Object.entries(reasons).map(([rule, reason]) => ({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })),
  );
}
