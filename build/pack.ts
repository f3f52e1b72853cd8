/**
 * `prepack` and `postpack`: npm takes the manifest of this folder and no other, so that of the package stands in for the checkout's while
 * it packs. `pack.ts before` puts it there, `pack.ts after` takes it back.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { ownFile } from '../own-files.ts';
import { MANIFEST, packedManifest, readPackageJson } from './manifest.ts';

/** The checkout's, meanwhile. */
const ASIDE = ownFile('package.checkout.json');

function before(): void {
  // Which of the two is the newer one cannot be told.
  if (existsSync(ASIDE)) throw new Error(`${ASIDE} is left of a pack that was interrupted: move it back, or delete it`);
  const packed = packedManifest(readPackageJson());
  renameSync(MANIFEST, ASIDE);
  writeFileSync(MANIFEST, `${JSON.stringify(packed, null, 2)}\n`);
}

const [when] = process.argv.slice(2);
if (when === 'before') before();
else if (when === 'after') renameSync(ASIDE, MANIFEST);
else throw new Error('before or after?');
