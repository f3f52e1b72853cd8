import { describe } from 'vitest';
import { codecContract } from './codec.contract.ts';
import { useDatabase } from './database.subject.ts';
import { historyContract } from './history.contract.ts';
import { insertContract } from './insert.contract.ts';
import { listIndexContract } from './list-index.contract.ts';
import { lookupContract } from './lookup.contract.ts';
import { mappedContract } from './mapped.contract.ts';
import { storeContract } from './store.contract.ts';
import type { Server } from './subject.ts';

/** What every DynamoDB must do for the store, the history and the lists; `start` starts a server without tables. */
export function databaseContract(start: () => Promise<Server>): void {
  const database = useDatabase(start);
  describe('conditional puts', () => storeContract(database));
  describe('batches of inserts', () => insertContract(database));
  describe('reads and scans', () => lookupContract(database));
  describe('exact items', () => codecContract(database));
  describe('the history', () => historyContract(database));
  describe("tables of one's own", () => mappedContract(database));
  describe('the index of lists', () => listIndexContract(database));
}
