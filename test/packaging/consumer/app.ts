/** An app of the CDK with a cache, its alarms and its dashboard, beside a function that uses it: `node app.ts` synthesizes into cdk.out. */
import { App, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Alarms } from 'write-behind/constructs/alarms';
import { Dashboard } from 'write-behind/constructs/dashboard';
import { DurableValkey } from 'write-behind/constructs/valkey/durable-valkey';
import { WriteBehindCache, type WriteBehindCacheProps } from 'write-behind/constructs/write-behind-cache';

const props: WriteBehindCacheProps = {
  windowSeconds: 2,
  defaultDurability: 'cache',
  collections: { orders: { audited: true, listable: true } },
  valkey: new DurableValkey({ nodeType: 'cache.m7g.large' }),
};

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Shop');
const cache = new WriteBehindCache(stack, 'Stock', props);
const orders = new LambdaFunction(stack, 'Orders', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline('exports.handler = async () => {};'),
  environment: { CACHE_URL: cache.url },
});
cache.grantWrite(orders);
cache.grantRead(orders);
const alarms = new Alarms(stack, 'Alarms', { cache, topic: new Topic(stack, 'Topic') });
new Dashboard(stack, 'Dashboard', { cache, alarms: alarms.all });
app.synth();
