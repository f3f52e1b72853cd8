import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../lib/errors.ts';
import { postgresTarget } from '../../lib/store/postgres/url.ts';

describe('the URL of a PostgreSQL', () => {
  test('names everything that is needed, percent-encoded where it has to be', () => {
    expect(postgresTarget('postgres://ann%40x:p%2Fw@db.example/shop%20one')).toEqual({
      ...{ host: 'db.example', port: 5432, database: 'shop one', user: 'ann@x', password: 'p/w' },
      ...{ iam: false, tls: 'none', connections: 10, options: undefined },
    });
    expect(postgresTarget('postgresql://u@[::1]:6432/d?connections=3&options=-c%20search_path%3Dcache')).toMatchObject({
      ...{ host: '::1', port: 6432, password: undefined, connections: 3, options: '-c search_path=cache' },
    });
  });

  test.for([
    ['disable', 'none'],
    ['no-verify', 'unverified'],
    ['require', 'verified'],
    ['verify-ca', 'verified'],
    ['verify-full', 'verified'],
  ] as const)('who asks for TLS with sslmode=%s gets it %s', ([mode, tls]) => {
    expect(postgresTarget(`postgres://u@h/d?sslmode=${mode}`).tls).toBe(tls);
  });

  test('with IAM, TLS is checked without being asked for', () => {
    expect(postgresTarget('postgres://u@h/d?iam=true')).toMatchObject({ iam: true, tls: 'verified' });
  });

  test.for([
    ['postgres://h/d', 'names host, user and database'],
    ['postgres://u@h', 'names host, user and database'],
    ['postgres://u@h/d?sslmode=prefer', 'sslmode is one of'],
    ['postgres://u@h/d?connections=0', 'connections is a whole number from 1 to 100'],
    ['postgres://u@h/d?connections=many', 'connections is a whole number from 1 to 100'],
    ['postgres://u:secret@h/d?iam=true', 'leaves the password out'],
    ['postgres://u@h/d?iam=true&sslmode=no-verify', 'needs TLS with a checked certificate'],
    ['postgres://u:secret@h/d?pool=4', 'knows no parameter pool'],
  ] as const)('%s is refused', ([url, message]) => {
    const read = () => postgresTarget(url);
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(message);
    expect(read).not.toThrow('secret');
  });
});
