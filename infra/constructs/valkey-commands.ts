/**
 * The commands that the functions send to Valkey, and those that their scripts run there: a test finds out when one is missing,
 * and when one is no longer used. No categories: what a category holds grows with the server.
 */
export const VALKEY_COMMANDS: readonly string[] = [
  // The scripts.
  'eval',
  'evalsha',
  'script|load',
  // Within scripts and on their own.
  'del',
  'exists',
  'get',
  'hdel',
  'hget',
  'hgetall',
  'hincrby',
  'hlen',
  'hmget',
  'hset',
  'hsetnx',
  'lindex',
  'llen',
  'lrange',
  'ltrim',
  'persist',
  'pexpire',
  'pttl',
  'rpush',
  'set',
  'zadd',
  'zcard',
  'zrangebyscore',
  'zrem',
  'zrevrangebyscore',
  'zscore',
  // Whether a server is ready.
  'info',
  'ping',
  // What a cluster client needs: which node has which slot, also while slots and roles change. The client waits for
  // no answer to `asking`: a refusal would end the process.
  'asking',
  'client|setname',
  'cluster|info',
  'cluster|slots',
  'readonly',
  'readwrite',
];

/** The rights of the functions' user: these commands, on the keys of write-behind only, no channels. */
export const VALKEY_ACCESS_STRING: string = [
  'on',
  '~{wb:*}:*',
  'resetchannels',
  '-@all',
  ...VALKEY_COMMANDS.map((command) => `+${command}`),
].join(' ');
