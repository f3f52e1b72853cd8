import { expect, test } from 'vitest';
import { withGenerated } from '../../cli/generated.ts';

test('what is not generated yet is generated, and then loaded; another failure stays what it is', async () => {
  const failing = (file: string) => Object.assign(new Error('not found'), { url: `file:///${file}` });
  let tries = 0;
  const load = async () => {
    tries += 1;
    if (tries === 1) throw failing('lib/cache/scripts.generated.ts');
    return 'loaded';
  };
  expect(await withGenerated(load)).toBe('loaded');
  await expect(withGenerated(() => Promise.reject(failing('lib/other.ts')))).rejects.toThrow('not found');
});
