import { describe } from 'vitest';
import { databaseContract } from '../contract/database.contract.ts';
import { startDynamodbLocal } from './java/server.ts';

describe('the database on DynamoDB Local', () => databaseContract(startDynamodbLocal));
