import { describe } from 'vitest';
import { codecContract } from './codec.contract.ts';
import { Database } from './database.subject.ts';
import { insertContract } from './insert.contract.ts';
import { listIndexContract } from './list-index.contract.ts';
import { mappedContract } from './mapped.contract.ts';
import { plainItemContract } from './plain-item.contract.ts';
import { scanContract } from './scan.contract.ts';
import { useStore } from './store.subject.ts';
import { storesContract } from './stores.contract.ts';
import type { Server } from './subject.ts';
import { updateContract } from './update.contract.ts';

/** What every DynamoDB must do for the store, the history and the lists; `start` starts a server without tables. */
export function databaseContract(start: () => Promise<Server>): void {
  const database = useStore(start, (url) => Database.on(url));
  storesContract(database);
  describe('plain items', () => plainItemContract(database));
  describe('batches of inserts', () => insertContract(database));
  describe('batches of updates', () => updateContract(database));
  describe('scans', () => scanContract(database));
  describe('exact items', () => codecContract(database));
  describe("tables of one's own", () => mappedContract(database));
  describe('the index of lists', () => listIndexContract(database));
}
