import { expect, test } from 'vitest';
import { MissingPackagesError, needPackages } from '../../local/needed-packages.ts';
import { readManifest } from '../../own-files.ts';

test('packages that are installed are no error', () => {
  expect(() => needPackages([{ name: 'fauxqs', purpose: 'SQS' }])).not.toThrow();
});

test('those that are not are named together, with the command that gets them', () => {
  const missing = () =>
    needPackages([
      { name: 'fauxqs', purpose: 'SQS' },
      { name: 'no-such-server', purpose: 'Valkey', instead: 'a server on the PATH' },
      { name: 'no-such-records', purpose: 'records' },
    ]);
  expect(missing).toThrow(MissingPackagesError);
  expect(missing).toThrow(
    'Not installed: no-such-server (Valkey), no-such-records (records). Give instead a server on the PATH. ' +
      'Or: npm install --save-dev no-such-server no-such-records',
  );
});

test('the command gets the versions that were tested', () => {
  const { peerDependencies } = readManifest();
  const { message } = new MissingPackagesError([{ name: 'fauxqs', purpose: 'SQS' }]);
  expect(message).toBe(
    `Not installed: fauxqs (SQS). npm install --save-dev fauxqs@${peerDependencies.fauxqs!.slice(1)}`,
  );
});
