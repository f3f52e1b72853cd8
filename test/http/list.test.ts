import { describe, expect, test } from 'vitest';
import { AUDITED, COLLECTION, freshId, itemPath, LISTABLE, useDeployment } from './deployment.ts';

const send = useDeployment();
const path = `/items/${LISTABLE}`;

/** Whether the deployment lists the suite's collection: one that was made for other things does not. */
const listsNone = async () => (await send('GET', path)).status === 404;

describe('the list of a collection', () => {
  test('has the newest items first, before and after they are stored, in pages', async ({ skip }) => {
    skip(await listsNone(), `the deployment has no listable collection ${LISTABLE}`);
    const ids = Array.from({ length: 3 }, () => `${freshId()} %/ü`);
    for (const id of ids) await send('PUT', itemPath(id, LISTABLE), { body: { value: { id } } });
    const appended = await send('POST', path, { body: { value: { id: 'appended' } } });
    await send('DELETE', itemPath(ids[0]!, LISTABLE));
    const keys = [appended.json.key, `${LISTABLE}/${ids[2]}`, `${LISTABLE}/${ids[1]}`];
    const waiting = await send('GET', path);
    expect(waiting.status).toBe(200);
    expect(waiting.json.items.slice(0, 3).map(({ key }: { key: string }) => key)).toEqual(keys);

    await send('POST', '/flush', { body: {} });
    const first = (await send('GET', `${path}?limit=2`)).json;
    const cursor = encodeURIComponent(first.cursor);
    const rest = (await send('GET', `${path}?limit=2&cursor=${cursor}`)).json;
    const both = [...first.items, ...rest.items].slice(0, 3);
    expect(both.map(({ key }) => key)).toEqual(keys);
    expect(both[0]).toMatchObject({ value: { id: 'appended' }, version: appended.json.version });
    for (const wrong of [`${cursor}x`, 'x', '']) {
      expect(await send('GET', `${path}?cursor=${wrong}`)).toMatchObject({
        status: 422,
        json: { type: 'urn:write-behind:problem:invalid-input', path: 'cursor' },
      });
    }
    const other = await send('GET', `${itemPath(freshId(), AUDITED)}/history?cursor=${cursor}`);
    expect(other).toMatchObject({ status: 422, json: { path: 'cursor' } });
  });

  test.for(['0', '101', '-1', '1.5', 'x', ''])('refuses the limit %j', async (limit) => {
    expect(await send('GET', `${path}?limit=${limit}`)).toMatchObject({ status: 422, json: { path: 'limit' } });
  });

  test('that is not listable is 404 and says so', async () => {
    expect(await send('GET', `/items/${COLLECTION}`)).toMatchObject({
      status: 404,
      json: { type: 'urn:write-behind:problem:not-listable', collection: COLLECTION },
    });
  });
});
