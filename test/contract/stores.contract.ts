import { describe } from 'vitest';
import type { Json } from '../../lib/model/json.ts';
import { exactContract } from './exact.contract.ts';
import { historyContract } from './history.contract.ts';
import { lookupContract } from './lookup.contract.ts';
import { placesContract } from './places.contract.ts';
import { putManyContract } from './put-many.contract.ts';
import { storeContract } from './store.contract.ts';
import type { StoreSubject } from './store.subject.ts';

/** What every database must do. @param takes whether it takes any value that write-behind accepts; default: all */
export function storesContract(subject: () => StoreSubject, takes?: (value: Json) => boolean): void {
  describe('conditional puts', () => storeContract(subject));
  describe('many at once', () => putManyContract(subject));
  describe('values', () => exactContract(subject, takes));
  describe('reads and keys', () => lookupContract(subject));
  describe('places', () => placesContract(subject));
  describe('the history', () => historyContract(subject));
}
