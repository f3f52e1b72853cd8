/** `npm run build`: what the package consists of, into `dist/`; `npm pack` runs it by itself. */
import { rm } from 'node:fs/promises';
import { ownFile } from '../own-files.ts';
import { compile } from './compile.ts';
import { bundleFunctions } from './functions.ts';
import { writeNotices } from './notices.ts';
import { writePage } from './page.ts';

const DIST = ownFile('dist');

await rm(DIST, { recursive: true, force: true });
await compile(DIST);
const sources = [...(await bundleFunctions(DIST)), await writePage(DIST)];
await writeNotices(DIST, sources);
