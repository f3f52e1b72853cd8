import { describe, expect, test } from 'vitest';
import { AUDITED, COLLECTION, freshId, itemPath, useDeployment } from './deployment.ts';

const send = useDeployment();

/** Whether the deployment keeps the history of the suite's collection: one that was made for other things does not. */
const keepsNone = async () => (await send('GET', `${itemPath(freshId(), AUDITED)}/history`)).status === 404;

describe('the history of an audited item', () => {
  test('lists every write, newest first, before and after it is stored, in pages', async ({ skip }) => {
    skip(await keepsNone(), `the deployment has no audited collection ${AUDITED}`);
    const path = itemPath(`${freshId()} %/ü`, AUDITED);
    const written = [
      await send('PUT', path, { body: { value: { gate: 'A1', seats: 2 }, actor: 'desk', comment: 'planned' } }),
      await send('PATCH', path, { body: { set: { gate: 'B2' }, add: { seats: -1 } } }),
      await send('DELETE', path),
    ].map(({ json }) => json.version);
    const expected = [
      { version: written[2], op: 'delete' },
      { version: written[1], op: 'patch', set: { gate: 'B2', seats: 1 } },
      { version: written[0], op: 'put', set: { gate: 'A1', seats: 2 }, actor: 'desk', comment: 'planned' },
    ];
    const waiting = await send('GET', `${path}/history`);
    expect(waiting).toMatchObject({ status: 200, json: { history: expected } });
    expect(waiting.json.cursor).toBeUndefined();

    await send('POST', '/flush', { body: {} });
    expect((await send('GET', `${path}/history`)).json).toEqual(waiting.json);
    const first = (await send('GET', `${path}/history?limit=2`)).json;
    const cursor = encodeURIComponent(first.cursor);
    const rest = (await send('GET', `${path}/history?limit=2&cursor=${cursor}`)).json;
    expect([...first.history, ...rest.history]).toEqual(waiting.json.history);
    expect(await send('GET', `${itemPath('another', AUDITED)}/history?cursor=${cursor}`)).toMatchObject({
      status: 422,
      json: { type: 'urn:write-behind:problem:invalid-input', path: 'cursor' },
    });
  });

  test('of a collection that keeps none is 404 and says so', async () => {
    expect(await send('GET', `${itemPath(freshId())}/history`)).toMatchObject({
      status: 404,
      json: { type: 'urn:write-behind:problem:not-audited', collection: COLLECTION },
    });
  });
});
