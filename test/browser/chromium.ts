import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * Chromium: `CHROMIUM_PATH`, else one on the PATH. Where there is none, what needs one is skipped; but under CI it is not,
 * and fails because this names a program that does not exist.
 */
export const realChromium: { readonly program: string; readonly missing: boolean } = (() => {
  const directories = localEnvironment().searchPath.split(delimiter).filter(Boolean);
  const onPath = directories.flatMap((directory) => NAMES.map((name) => join(directory, name)));
  const program = [process.env.CHROMIUM_PATH ?? '', ...onPath].find((path) => path !== '' && existsSync(path));
  return { program: program ?? '/nowhere/chromium', missing: !program && !process.env.CI };
})();

/** How a visitor comes. */
export interface Visitor {
  /** px @default 1440 */
  readonly width?: number;
  /** @default light */
  readonly theme?: 'light' | 'dark';
}

/** A visitor's page, and what its console said. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings: of scripts, of requests, of the Content-Security-Policy. */
  readonly complaints: string[];
  /** Addresses that the page asked for. */
  readonly requested: string[];
}

/** One browser for the tests of a file; each visit is a visitor of its own. */
export function useChromium(): (url: string, visitor?: Visitor) => Promise<Visit> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: realChromium.program, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return async (url, { width = 1440, theme = 'light' } = {}) => {
    const context = await browser!.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints: string[] = [];
    const requested: string[] = [];
    page.on('console', (message) => {
      if (message.type() !== 'log') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requested.push(request.url()));
    // Nobody asks here whether something may be closed or said: a dialog would be a script that was planted.
    page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
    await page.goto(url);
    return { page, complaints, requested };
  };
}

/** What axe finds against WCAG 2.2 AA, contrast included, and the elements that are at fault. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const { violations } = (await page.evaluate(
    `${axe.source};axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  )) as AxeResults;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** Says when a page is wider than its window. */
export async function expectNoSidewaysScrolling(page: Page): Promise<void> {
  const beyond = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  expect(beyond).toBe(0);
}
