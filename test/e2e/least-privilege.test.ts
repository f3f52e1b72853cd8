import { describe, expect, inject, test } from 'vitest';
import { FOLDERS } from './functions.ts';
import { allows, callsOf, type Grant, grantsOf } from './permissions.ts';

/** What is granted, but not called by the functions' own code. */
const NOT_CALLED: readonly { readonly action: RegExp; readonly why: string }[] = [
  { action: /^logs:(CreateLogStream|PutLogEvents)$/, why: 'Lambda writes what the function prints' },
  { action: /^xray:Put(TraceSegments|TelemetryRecords)$/, why: 'Lambda sends the traces' },
];
/** What the stream function shares with the API's: it writes as a caller does, but these tests do not make it fail, nor audit what it writes. */
const AS_A_CALLER: ReadonlySet<string> = new Set(['sqs:SendMessage', 'dynamodb:Query']);
const HISTORY = /History/;
const READING = /^dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)$/;
/** Of a table of one's own, what these tests do not ask for: known losses in it, and a sweep of it. */
const OWN_TABLE = /table\/write-behind-e2e-own$/;
/** Of the flush function's queue: Lambda polls it with the function's role. */
const POLLING: ReadonlySet<string> = new Set(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']);

describe.each(FOLDERS)('the %s function', (folder) => {
  test('may do everything that it did in this run', async () => {
    const grants = await grantsOf(folder);
    const calls = await callsOf(folder, inject('runStartedAtMs'));
    expect(calls.length, 'calls in the log; run the whole suite').toBeGreaterThan(0);
    expect(calls.filter((call) => !grants.some((grant) => allows(grant, call)))).toEqual([]);
  });

  test('did everything that it may do', async () => {
    const calls = await callsOf(folder, inject('runStartedAtMs'));
    const called = (grant: Grant) => calls.some((call) => allows(grant, call));
    const excused = ({ action, resource }: Grant) =>
      NOT_CALLED.some((exception) => exception.action.test(action)) ||
      (folder === 'flush' && POLLING.has(action)) ||
      (folder === 'stream' && (AS_A_CALLER.has(action) || READING.test(action) || HISTORY.test(resource))) ||
      (folder !== 'api' && OWN_TABLE.test(resource));
    const grants = await grantsOf(folder);
    expect(grants.filter((grant) => !called(grant) && !excused(grant))).toEqual([]);
  });
});
