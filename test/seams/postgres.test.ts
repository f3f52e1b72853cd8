import { describe } from 'vitest';
import type { Json } from '../../lib/model/json.ts';
import { useStore } from '../contract/store.subject.ts';
import { storesContract } from '../contract/stores.contract.ts';
import { startPostgres } from './postgres/server.ts';
import { PostgresSubject } from './postgres/subject.ts';

/** All but U+0000, which is refused before it is acknowledged. */
const takes = (value: Json): boolean => !JSON.stringify(value).includes('\\u0000');

describe('the database on PostgreSQL', () => {
  storesContract(
    useStore(startPostgres, (url) => PostgresSubject.on(url)),
    takes,
  );
});
