import { createHash, createHmac } from 'node:crypto';

/** Which user logs in to which cache. */
export interface IamLogin {
  /** Name of the replication group or of the serverless cache. */
  readonly cacheName: string;
  /** Name of the ElastiCache user. */
  readonly user: string;
  /** Whether the cache is a serverless one. */
  readonly serverless: boolean;
}

/** Who signs, and where. */
export interface IamSigner {
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Of temporary credentials, such as those of a role. */
    readonly sessionToken?: string;
  };
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Longest that ElastiCache takes; it is asked for at login only, a connection outlives its token. */
const VALID_SECONDS = 900;

/**
 * The password of an ElastiCache user with IAM authentication: a request to connect, presigned with Signature Version 4,
 * without its scheme. Synchronous, because the Valkey client asks for passwords synchronously.
 *
 * @param nowMs ms since the epoch; the token is valid for 900 s from then
 */
export function iamToken(login: IamLogin, { region, credentials }: IamSigner, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, 'elasticache', 'aws4_request'];
  const query = canonicalQuery({
    Action: 'connect',
    User: login.user,
    ...(login.serverless && { ResourceType: 'ServerlessCache' }),
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': [credentials.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(VALID_SECONDS),
    ...(credentials.sessionToken && { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  });
  const request = ['GET', '/', query, `host:${login.cacheName}`, '', 'host', sha256('')].join('\n');
  const toSign = [ALGORITHM, time, scope.join('/'), sha256(request)].join('\n');
  const key = scope.reduce<string | Buffer>((outer, part) => hmac(outer, part), `AWS4${credentials.secretAccessKey}`);
  return `${login.cacheName}/?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
}

function canonicalQuery(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&');
}

/** As AWS escapes: everything but letters, digits and `-._~`. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
