import { ListMessageMoveTasksCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useDeployment } from '../http/deployment.ts';
import { outputs, sqs } from './aws.ts';
import { eventually } from './eventually.ts';
import { logged } from './functions.ts';
import { freshItem, freshItems, store, stored } from './items.ts';
import { deadLetters, purgeDeadLetters, queueArn } from './queues.ts';
import { refusedValue, startRefusing, stopRefusing, takenValue } from './refusing-table.ts';

const send = useDeployment();
const stats = async () => (await send('GET', '/stats')).json;
const consistency = async (path: string) => (await send('GET', `${path}/consistency`)).json;

/** The try itself, and those of the stage's setting `refusedRetrySeconds`. */
const TRIES = 3;

describe('items that the table refuses for good', () => {
  const startedAtMs = Date.now();
  /** Refused, then rewritten with what the table takes. */
  const rewritten = freshItem();
  /** Refused, then another program stored something newer. */
  const overtaken = freshItem();
  /** Refused, and left alone. */
  const abandoned = freshItem();
  let refusing = false;
  let parkedBefore = 0;

  beforeAll(async () => {
    await purgeDeadLetters();
    parkedBefore = (await stats()).parkedItems;
    await startRefusing();
    refusing = true;
  });
  afterAll(async () => {
    if (refusing) await stopRefusing();
  });

  test('go to the dead-letter queue after their retries and are parked, while others are stored', async () => {
    const others = freshItems(3);
    for (const { path, key } of [rewritten, overtaken, abandoned]) {
      expect((await send('PUT', path, { body: { value: refusedValue(key) } })).status).toBe(202);
    }
    for (const { path } of others) await send('PUT', path, { body: { value: takenValue(1) } });

    for (const item of others) await eventually(() => stored(item)).toMatchObject(takenValue(1));
    const othersStoredAtMs = Date.now();

    await eventually(async () => (await deadLetters()).length).toBe(3);
    const letters = await deadLetters();
    for (const { key } of [rewritten, overtaken, abandoned]) {
      const letter = letters.find((each) => each.key === key);
      expect(letter).toMatchObject({ receiveCount: String(TRIES), reason: expect.stringMatching(/refuses the item/) });
      expect(Date.parse(letter?.failedAt ?? '')).toBeGreaterThan(othersStoredAtMs);
      expect(JSON.parse(letter?.text ?? '')).toMatchObject({ key, value: refusedValue(key) });
      const failures = await logged('flush', 'item-not-flushed', startedAtMs);
      expect(failures.filter((failure) => failure.key === key)).toHaveLength(TRIES);
    }
    await eventually(async () => (await stats()).parkedItems).toBe(parkedBefore + 3);
    expect(await stats()).toMatchObject({ deadLetters: 3 });
    expect(await consistency(abandoned.path)).toMatchObject({
      consistent: false,
      database: null,
      parked: expect.stringMatching(/refuses the item/),
    });
  });

  test('are released by a newer write that the table takes', async () => {
    const { json } = await send('PUT', rewritten.path, { body: { value: takenValue(2) } });
    await eventually(() => stored(rewritten)).toMatchObject({ ...takenValue(2), _v: json.version });
    await eventually(async () => (await stats()).parkedItems).toBe(parkedBefore + 2);
    expect(await consistency(rewritten.path)).toMatchObject({ consistent: true });
    expect(await consistency(rewritten.path)).not.toHaveProperty('parked');
  });

  test('are stored when their dead letters are redriven after the cause is gone, unless the table has newer ones', async () => {
    await stopRefusing();
    refusing = false;
    await store({ pk: overtaken.key, _v: Date.now() * 1000, ...takenValue(3) });
    const newer = [await stored(rewritten), await stored(overtaken)];
    await sqs.send(
      new StartMessageMoveTaskCommand({
        SourceArn: await queueArn(outputs.DeadLetterQueueUrl),
        // The flush put them there, not SQS: SQS does not know where they came from.
        DestinationArn: await queueArn(outputs.QueueUrl),
      }),
    );
    await eventually(() => stored(abandoned)).toMatchObject(refusedValue(abandoned.key));
    await eventually(stats).toMatchObject({
      deadLetters: 0,
      parkedItems: parkedBefore,
      queue: { visible: 0, delayed: 0, inFlight: 0 },
    });
    expect([await stored(rewritten), await stored(overtaken)]).toEqual(newer);
    for (const { path } of [rewritten, overtaken, abandoned]) {
      expect(await consistency(path)).toMatchObject({ database: expect.anything() });
      expect(await consistency(path)).not.toHaveProperty('parked');
    }
    expect((await send('GET', overtaken.path)).json).toMatchObject({ value: takenValue(3) });
    const { Results = [] } = await sqs.send(
      new ListMessageMoveTasksCommand({ SourceArn: await queueArn(outputs.DeadLetterQueueUrl) }),
    );
    expect(Results[0]).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 3 });
  });
});
