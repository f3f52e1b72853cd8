/**
 * `npm run audit`: known weaknesses of what is deployed or used as a library. Exit code 0: none; 1: some; 3: the registry does not
 * answer audits, so nothing was checked, which is said and never taken for "none".
 */
import { spawnSync } from 'node:child_process';

const NOT_CHECKED = 3;

interface Audit {
  readonly vulnerabilities?: Record<string, { readonly severity: string; readonly range: string }>;
  readonly statusCode?: number;
  readonly message?: string;
}

function audit(): number {
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
  if (error) throw error;
  let answer: Audit;
  try {
    answer = JSON.parse(stdout) as Audit;
  } catch {
    answer = {};
  }
  const { vulnerabilities, statusCode } = answer;
  if (!vulnerabilities) {
    const why = statusCode === undefined ? 'no answer' : `status ${statusCode}`;
    console.error(
      `NOT CHECKED: the registry in use does not answer audits (${why}). Ask one that does: npm audit --omit=dev`,
    );
    return NOT_CHECKED;
  }
  const found = Object.entries(vulnerabilities);
  for (const [name, { severity, range }] of found) console.error(`${severity}: ${name} ${range}`);
  console.error(`${found.length} packages with known weaknesses among those that are not for development only`);
  return found.length > 0 ? 1 : 0;
}

process.exit(audit());
