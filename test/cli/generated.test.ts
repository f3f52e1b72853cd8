import { expect, test } from 'vitest';
import { withGenerated } from '../../cli/generated.ts';

test('what is not generated yet is said, with what to do; another failure stays what it is', async () => {
  const missing = (file: string) => () =>
    Promise.reject(Object.assign(new Error('not found'), { url: `file:///${file}` }));
  await expect(withGenerated(missing('lib/cache/scripts.generated.ts'))).rejects.toThrow('npm run generate');
  await expect(withGenerated(missing('lib/other.ts'))).rejects.toThrow('not found');
  expect(await withGenerated(async () => 1)).toBe(1);
});
