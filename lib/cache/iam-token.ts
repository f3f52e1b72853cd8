import { type IamSigner, presignedConnect } from '../presigned.ts';

export type { IamSigner } from '../presigned.ts';

/** Which user logs in to which cache. */
export interface IamLogin {
  /** Name of the replication group or of the serverless cache. */
  readonly cacheName: string;
  /** Name of the ElastiCache user. */
  readonly user: string;
  /** Whether the cache is a serverless one. */
  readonly serverless: boolean;
}

/**
 * The password of an ElastiCache user with IAM authentication.
 *
 * @param nowMs ms since the epoch; the token is valid for 900 s from then
 */
export function iamToken(login: IamLogin, signer: IamSigner, nowMs: number): string {
  const query = {
    Action: 'connect',
    User: login.user,
    ...(login.serverless && { ResourceType: 'ServerlessCache' }),
  };
  return presignedConnect({ service: 'elasticache', host: login.cacheName, query }, signer, nowMs);
}
