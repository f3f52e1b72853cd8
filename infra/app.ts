import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { stageOf } from './stages.ts';
import { WriteBehindStack } from './write-behind-stack.ts';

const app = new App();
const valkeyUrl: unknown = app.node.tryGetContext('valkeyUrl');
const stage = stageOf(String(app.node.tryGetContext('stage') ?? 'dev'), {
  ...(typeof valkeyUrl === 'string' && { valkeyUrl }),
});
new WriteBehindStack(app, `WriteBehind-${stage.name}`, { stage });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
