import { describe } from 'vitest';
import { flushContract } from './flush.contract.ts';
import { logContract } from './log.contract.ts';
import { readContract } from './read.contract.ts';
import { recentContract } from './recent.contract.ts';
import { refreshContract } from './refresh.contract.ts';
import { type Server, useSubject } from './subject.ts';
import { valuesContract } from './values.contract.ts';
import { writeContract } from './write.contract.ts';

/** What every Valkey must do for the cache; `start` starts an empty server. */
export function cacheContract(start: () => Promise<Server>): void {
  const subject = useSubject(start);
  describe('write', () => writeContract(subject));
  describe('values and numbers', () => valuesContract(subject));
  describe('read and fill', () => readContract(subject));
  describe('refresh, and leases taken ahead', () => refreshContract(subject));
  describe('claim, settle and park', () => flushContract(subject));
  describe('the log of changes', () => logContract(subject));
  describe('recently created items', () => recentContract(subject));
}
