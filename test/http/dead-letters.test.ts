import { describe, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { type HttpAnswer, useDeployment } from './deployment.ts';

const send = useDeployment();
const post = (what: string, body: object) => send('POST', `/dead-letters/${what}`, { body });

/** Ids that no message has: a deployment may have dead letters, which are not the suite's to touch. */
const nobodys = ['00000000-0000-4000-8000-000000000000', 'no id of SQS / at all'];
const why = { actor: 'http suite', comment: 'there is no such letter' };

function expectRefused({ status, json, headers }: HttpAnswer, path: string): void {
  expect({ status, ...json }).toMatchObject({ status: 422, type: 'urn:write-behind:problem:invalid-input', path });
  expect(headers.get('Content-Type')).toBe('application/problem+json');
}

describe('GET /dead-letters', () => {
  test('answers with a page, and with the next one where there is one', async () => {
    const { status, json } = await send('GET', '/dead-letters?limit=1');
    expect(status).toBe(200);
    const { deadLetters, cursor } = answers.deadLetterPage.parse(json);
    expect(deadLetters.length).toBeLessThanOrEqual(1);
    if (cursor === undefined) return;
    const next = await send('GET', `/dead-letters?limit=1&cursor=${encodeURIComponent(cursor)}`);
    expect(answers.deadLetterPage.parse(next.json).deadLetters[0]?.id).not.toBe(deadLetters[0]?.id);
  });

  test.each(['0', '101', '-1', '1.5', '%31x', '', 'all'])('with the limit %s is 422', async (limit) => {
    expectRefused(await send('GET', `/dead-letters?limit=${limit}`), 'limit');
  });

  test.each(['', 'x', 'WyIyMDAxIiwiYSJd.AAAAAAAAAAAAAAAA'])('with the cursor %j is 422', async (cursor) => {
    expectRefused(await send('GET', `/dead-letters?cursor=${cursor}`), 'cursor');
  });
});

test.each(nobodys)('GET /dead-letters/{id} of %s is 404', async (id) => {
  const answer = await send('GET', `/dead-letters/${encodeURIComponent(id)}`);
  expect(answer).toMatchObject({ status: 404, json: { type: 'urn:write-behind:problem:no-such-dead-letter', id } });
});

describe('POST /dead-letters/redrive and /discard', () => {
  test('say of each id that is not there that it is not, and may be repeated', async () => {
    const reason = expect.stringMatching(/^not (there|among those that could be looked at)$/);
    for (const answer of [
      await post('redrive', { ids: nobodys }),
      await post('redrive', { ids: nobodys }),
      await post('discard', { ids: nobodys, ...why }),
    ]) {
      expect(answer.status).toBe(200);
      const { done, failed } = answers.deadLetterOutcome.parse(answer.json);
      expect({ done, failed }).toEqual({ done: 0, failed: nobodys.map((id) => ({ id, reason })) });
    }
  });

  test('are 422 with anything but ids or all', async () => {
    const bodies: [body: object, path: string][] = [
      [{}, 'ids'],
      [{ ids: [] }, 'ids'],
      [{ ids: Array(101).fill(nobodys[0]) }, 'ids'],
      [{ ids: nobodys, all: true }, 'ids'],
      [{ all: false }, 'all'],
      [{ ids: nobodys, force: true }, 'force'],
    ];
    for (const [body, path] of bodies) {
      expectRefused(await post('redrive', body), path);
      expectRefused(await post('discard', { ...body, ...why }), path);
    }
  });

  test('a discard is 422 unless it says who and why', async () => {
    const reasons: [reason: object, path: string][] = [
      [{ comment: 'why' }, 'actor'],
      [{ actor: 'who' }, 'comment'],
      [{ ...why, actor: '' }, 'actor'],
      [{ ...why, actor: 'x'.repeat(257) }, 'actor'],
      [{ ...why, comment: 'é'.repeat(513) }, 'comment'],
    ];
    for (const [reason, path] of reasons) expectRefused(await post('discard', { ids: nobodys, ...reason }), path);
  });

  test('take POST only, with a body', async () => {
    for (const path of ['/dead-letters/redrive', '/dead-letters/discard']) {
      expect((await send('POST', path)).status).toBe(400);
      expect((await send('GET', path)).headers.get('Allow')).toBe('POST, OPTIONS');
    }
    expect((await send('POST', '/dead-letters', { body: {} })).status).toBe(405);
  });
});
