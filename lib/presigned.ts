import { createHash, createHmac } from 'node:crypto';

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
/** Longest that AWS takes. It is asked for at login only: a connection outlives its token. */
const VALID_SECONDS = 900;

/** What a token lets its bearer do. */
export interface PresignedConnect {
  /** Name of the service in signatures, such as `elasticache`. */
  readonly service: string;
  /** What stands for the host: that of the service which checks it. */
  readonly host: string;
  /** The request's own parameters. */
  readonly query: Readonly<Record<string, string>>;
}

/**
 * A request to connect, presigned with Signature Version 4, without its scheme: what services with IAM authentication take for a
 * password. Synchronous, because the Valkey client asks for passwords synchronously.
 *
 * @param nowMs ms since the epoch; it is valid for 900 s from then
 */
export function presignedConnect(
  { service, host, query }: PresignedConnect,
  { region, credentials }: IamSigner,
  nowMs: number,
): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  const signed = canonicalQuery({
    ...query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': [credentials.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(VALID_SECONDS),
    ...(credentials.sessionToken && { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  });
  const request = ['GET', '/', signed, `host:${host}`, '', 'host', sha256('')].join('\n');
  const toSign = [ALGORITHM, time, scope.join('/'), sha256(request)].join('\n');
  const key = scope.reduce<string | Buffer>((outer, part) => hmac(outer, part), `AWS4${credentials.secretAccessKey}`);
  return `${host}/?${signed}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
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
