/**
 * The API of a cache, which {@link Api} is made for by the construct.
 *
 * @module write-behind/constructs/api
 */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { answerProblems } from './gateway-problems.ts';

/** Who may call: callers that sign with AWS credentials and are granted it, or anyone. */
export type ApiAuth = 'iam' | 'none';

/** Props of {@link Api}. */
export interface ApiProps {
  /** Its metrics are found by this name: unique in account and region. */
  readonly name: string;
  readonly function: lambda.IFunction;
  /** Answers `/pause` and `/resume`. */
  readonly switchFunction: lambda.IFunction;
  readonly auth: ApiAuth;
  /** Requests a second, over all callers. */
  readonly rateLimit: number;
  /** Requests at once. */
  readonly burstLimit: number;
  /** Whether to set the role with which API Gateway writes logs, one for the account and region. */
  readonly ownLogRole: boolean;
  /** Whether browsers may ask (without signing) what they may do. */
  readonly cors: boolean;
  /** Whether requests are traced, by the sampling rules of the account. */
  readonly tracing: boolean;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

const STAGE = 'v1';

/** `METHOD/path` patterns of the routes, by what a caller needs them for. */
export const ROUTES = {
  read: ['GET/items/*', 'GET/openapi.json'],
  write: ['PUT/items/*', 'PATCH/items/*', 'DELETE/items/*', 'POST/items/*', 'POST/batch'],
  operate: [
    'GET/health',
    'GET/stats',
    'POST/flush',
    'POST/pause',
    'POST/resume',
    'GET/dead-letters',
    'GET/dead-letters/*',
    'POST/dead-letters/*',
  ],
} as const;

/** A REST API in front of the api function: signed calls, throttled, logged and traced. */
export class Api extends Construct {
  readonly restApi: apigateway.RestApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const accessLog = new logs.LogGroup(this, 'AccessLog', {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    this.restApi = new apigateway.RestApi(this, 'RestApi', {
      restApiName: props.name,
      description: 'Write-behind cache',
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // The one role that lets API Gateway log belongs to account and region; where it is retained, other APIs may use it.
      cloudWatchRole: props.ownLogRole,
      ...(props.ownLogRole && { cloudWatchRoleRemovalPolicy: props.removalPolicy }),
      defaultIntegration: new apigateway.LambdaIntegration(props.function, { allowTestInvoke: false }),
      defaultMethodOptions: {
        authorizationType: props.auth === 'iam' ? apigateway.AuthorizationType.IAM : apigateway.AuthorizationType.NONE,
      },
      deployOptions: {
        stageName: STAGE,
        tracingEnabled: props.tracing,
        throttlingRateLimit: props.rateLimit,
        throttlingBurstLimit: props.burstLimit,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat: accessLogFormat(),
      },
    });
    const switching = new apigateway.LambdaIntegration(props.switchFunction, { allowTestInvoke: false });
    for (const [resource, integration] of this.#resources(switching)) {
      resource.addMethod('ANY', integration);
      // Browsers do not sign the question whether they may call.
      if (props.cors)
        resource.addMethod('OPTIONS', integration, { authorizationType: apigateway.AuthorizationType.NONE });
    }
    answerProblems(this.restApi);
    // An output with a name that nobody chose.
    this.restApi.node.tryRemoveChild('Endpoint');
  }

  /** The functions find the routes themselves; these are here so that policies can name them. The last one takes all others. */
  #resources(switching: apigateway.Integration): [apigateway.IResource, apigateway.Integration?][] {
    const { root } = this.restApi;
    const items = root.addResource('items');
    const deadLetters = root.addResource('dead-letters');
    const named = ['batch', 'stats', 'health', 'flush', 'openapi.json'].map((path) => root.addResource(path));
    const proxies = [items, deadLetters, root].map((resource) => resource.addResource('{proxy+}'));
    const switched = ['pause', 'resume'].map((path): [apigateway.IResource, apigateway.Integration] => [
      root.addResource(path),
      switching,
    ]);
    const others = [root, items, deadLetters, ...named, ...proxies];
    return [...switched, ...others.map((resource): [apigateway.IResource] => [resource])];
  }

  /** Lets a caller sign requests to routes. */
  grant(grantee: iam.IGrantable, routes: readonly string[]): iam.Grant {
    const stage = this.restApi.deploymentStage.stageName;
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: routes.map((route) => {
        const [method, ...path] = route.split('/');
        return this.restApi.arnForExecuteApi(method, `/${path.join('/')}`, stage);
      }),
    });
  }

  /** Share of requests answered with 5xx, 0–1. */
  metricServerErrorRate(): ReturnType<apigateway.RestApi['metricServerError']> {
    return this.restApi.deploymentStage.metricServerError({ statistic: 'Average', period: Duration.minutes(1) });
  }

  /** 99th percentile of the time to answer, ms. */
  metricLatencyP99(): ReturnType<apigateway.RestApi['metricLatency']> {
    return this.restApi.deploymentStage.metricLatency({ statistic: 'p99', period: Duration.minutes(1) });
  }
}

/** Who did what, how it ended and how long it took; paths would name items. */
function accessLogFormat(): apigateway.AccessLogFormat {
  const field = apigateway.AccessLogField;
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      requestId: field.contextRequestId(),
      time: field.contextRequestTimeEpoch(),
      method: field.contextHttpMethod(),
      status: field.contextStatus(),
      caller: field.contextIdentityUserArn(),
      ip: field.contextIdentitySourceIp(),
      bytes: field.contextResponseLength(),
      latencyMs: field.contextResponseLatency(),
      integrationLatencyMs: field.contextIntegrationLatency(),
      error: field.contextErrorResponseType(),
      traceId: field.contextXrayTraceId(),
    }),
  );
}
