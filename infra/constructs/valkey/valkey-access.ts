import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Construct } from 'constructs';
import { VALKEY_ACCESS_STRING } from '../valkey-commands.ts';
import type { ValkeyPlace } from './valkey.ts';

/**
 * Who gets at a Valkey, and how: its security group, and its one user, who has no password; he logs in with a token signed by
 * IAM, and may do only what the functions do.
 */
export class ValkeyAccess extends Construct {
  readonly securityGroup: SecurityGroup;
  readonly user: CfnUser;
  readonly group: CfnUserGroup;

  constructor(scope: Construct, id: string, { name, vpc }: Pick<ValkeyPlace, 'name' | 'vpc'>) {
    super(scope, id);
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Valkey of the write-behind cache',
      allowAllOutbound: false,
    });
    this.user = new CfnUser(this, 'User', {
      engine: 'valkey',
      // With IAM both must be the same.
      userId: name,
      userName: name,
      authenticationMode: { Type: 'iam' },
      accessString: VALKEY_ACCESS_STRING,
    });
    this.group = new CfnUserGroup(this, 'Group', {
      engine: 'valkey',
      userGroupId: name,
      userIds: [this.user.ref],
    });
  }
}
