import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { sigV4 } from '../../client/sigv4.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const sign = sigV4({ region: 'eu-central-1', credentials });

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature as API Gateway computes it, from what it receives. */
function signatureOf(method: string, url: string, headers: Record<string, string>, body: string): string {
  const { pathname, searchParams, host } = new URL(url);
  const received: Record<string, string> = { ...headers, host };
  const [, scope, names] = /Credential=AKIDEXAMPLE\/(\S+), SignedHeaders=(\S+),/.exec(headers.authorization!)!;
  const [day, region, service] = scope!.split('/');
  const encoded = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const canonical = [
    method,
    // Each segment as it stands in the request, encoded once more.
    pathname.split('/').map(encoded).join('/'),
    [...searchParams]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join('&'),
    ...names!.split(';').map((name) => `${name}:${received[name]}`),
    '',
    names,
    hash(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = [day!, region!, service!, 'aws4_request'].reduce<string | Buffer>(hmac, 'AWS4secret');
  return hmac(key, toSign).toString('hex');
}

test.each([
  ['GET', 'https://api.example.com/prod/items/flights/%C3%BC%20%2F1?limit=2&cursor=a%2Bb', ''],
  ['PUT', 'https://api.example.com/prod/items/flights/1', '{"value":{"text":"ü"}}'],
])('signs %s %s as API Gateway checks it', async (method, url, body) => {
  const signed = await sign({ method, url, headers: { 'content-type': 'application/json' }, ...(body && { body }) });
  expect(signed).toMatchObject({ method, url, headers: { 'x-amz-security-token': 'token' } });
  expect(signed.headers.authorization).toContain('/eu-central-1/execute-api/aws4_request');
  const signature = /Signature=(\w+)$/.exec(signed.headers.authorization!)?.[1];
  expect(signature).toBe(signatureOf(method, url, signed.headers as Record<string, string>, body));
});
