import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IamLogin, type IamSigner, iamToken } from '../../lib/cache/iam-token.ts';
import { presignedConnect } from '../../lib/presigned.ts';

/** What the AWS library asks of a hash. */
class Sha256 {
  #hash!: Hash | Hmac;
  readonly reset: () => void;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.reset = () => {
      // Its own secrets are texts and the digests of this class.
      this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string | Uint8Array);
    };
    this.reset();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

/** Name and value of each parameter as they stand in the URL, sorted. */
const parameters = (query: string) => query.split('&').sort();
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

async function signedByTheLibrary({ cacheName, user, serverless }: IamLogin, signer: IamSigner, at: Date) {
  const signature = new SignatureV4({ ...signer, service: 'elasticache', sha256: Sha256 });
  const { hostname, path, query } = await signature.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname: cacheName,
      path: '/',
      headers: { host: cacheName },
      query: { Action: 'connect', User: user, ...(serverless && { ResourceType: 'ServerlessCache' }) },
    },
    { expiresIn: 900, signingDate: at },
  );
  return [
    `${hostname}${path}`,
    Object.entries(query ?? {})
      .map(([name, value]) => `${escaped(name)}=${escaped(String(value))}`)
      .sort(),
  ];
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/);

test('the token is what the AWS library signs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ cacheName: word, user: text, serverless: fc.boolean() }),
      fc.record({
        region: word,
        credentials: fc.record(
          { accessKeyId: text, secretAccessKey: text, sessionToken: fc.base64String({ maxLength: 800 }) },
          { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
        ),
      }),
      fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
      async (login, signer, at) => {
        const [address, query = ''] = iamToken(login, signer, at.getTime()).split('?');
        expect([address, parameters(query)]).toEqual(await signedByTheLibrary(login, signer, at));
      },
    ),
    { numRuns: 300 },
  );
});

test("RDS's token is what the AWS library signs for a database user", async () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'a/b+c=' };
  const signer = { region: 'eu-west-1', credentials };
  const at = new Date('2026-11-21T10:00:00Z');
  const host = 'db.cluster-x.eu-west-1.rds.amazonaws.com:5432';
  const query = { Action: 'connect', DBUser: 'write behind' };
  const signature = new SignatureV4({ ...signer, service: 'rds-db', sha256: Sha256 });
  const request = { method: 'GET', protocol: 'https:', hostname: host, path: '/', headers: { host }, query };
  const signed = await signature.presign(request, { expiresIn: 900, signingDate: at });
  const [address, text = ''] = presignedConnect({ service: 'rds-db', host, query }, signer, at.getTime()).split('?');
  expect(address).toBe(`${host}/`);
  expect(parameters(text)).toEqual(
    Object.entries(signed.query ?? {})
      .map(([name, value]) => `${escaped(name)}=${escaped(String(value))}`)
      .sort(),
  );
});
