import { CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Construct } from 'constructs';
import { VALKEY_ACCESS_STRING } from '../valkey-commands.ts';

/** The one user of a cache, who has no password: he logs in with a token signed by IAM, and may do only what the functions do. */
export class ValkeyUsers extends Construct {
  readonly user: CfnUser;
  readonly group: CfnUserGroup;

  /** @param name lower-case and unique in account and region, at most 40 characters */
  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
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
