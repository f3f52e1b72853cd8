import { describe } from 'vitest';
import { startValkey } from '../../local/embedded/valkey.ts';
import { realValkey } from '../support/system.ts';
import { cacheContract } from './cache.contract.ts';

describe('the cache on the embedded server', () => cacheContract(() => startValkey({ server: 'embedded' })));

const suite = realValkey.missing ? 'the cache on a real server (none on the PATH)' : 'the cache on a real server';
describe.skipIf(realValkey.missing)(suite, () => cacheContract(() => startValkey({ server: realValkey.program })));
