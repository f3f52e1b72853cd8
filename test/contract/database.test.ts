import { describe } from 'vitest';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import { databaseContract } from './database.contract.ts';

describe('the database on dynoxide', () => databaseContract(() => startDynamodb()));
