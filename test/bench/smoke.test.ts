/** The whole benchmark on real servers, as short as can be: that it works, not how fast anything is. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillIn } from '../../bench/report/docs.ts';
import { blocksOf, type Report } from '../../bench/report/report.ts';
import { plotSvg } from '../../bench/report/svg.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a quick run', () => {
  let report: Report;
  let printed: string;

  beforeAll(async () => {
    const json = join(folder, 'result.json');
    ({ stdout: printed } = await run(process.execPath, ['bench/main.ts', '--quick', '--json', json], { cwd: root }));
    report = JSON.parse(readFileSync(json, 'utf8'));
  }, 180_000);

  test('measures each section, with a figure for every target', () => {
    const names = report.sections.map(({ name }) => name);
    expect(names).toEqual(['write-path', 'coalescing', 'flush-path', 'lambda', 'growth']);
    expect(report).toMatchObject({ version: 1, quick: true, repeats: 1, machine: { cores: expect.any(Number) } });
    const targets = report.sections.flatMap((section) => section.targets ?? []);
    expect(targets.length).toBeGreaterThanOrEqual(9);
    expect(new Set(targets.map(({ id }) => id)).size).toBe(targets.length);
    for (const { id, measured, ...target } of targets) {
      expect(measured, id).toBeGreaterThan(0);
      expect(target).toHaveProperty('met');
    }
  });

  test('has a value in each cell that its column promises', () => {
    const tables = report.sections.flatMap((section) => section.tables);
    expect(new Set(tables.map(({ id }) => id)).size).toBe(tables.length);
    for (const { id, columns, rows } of tables) {
      expect(rows.length, id).toBeGreaterThan(0);
      for (const row of rows) {
        expect(Object.keys(row).sort(), id).toEqual(columns.map((column) => column.id).sort());
        for (const cell of Object.values(row)) {
          if (typeof cell === 'object' && cell !== null) {
            expect(cell.lowest, id).toBeLessThanOrEqual(cell.median);
            expect(cell.median, id).toBeLessThanOrEqual(cell.highest);
          }
        }
      }
      expect(printed).toContain(tables.find((table) => table.id === id)!.title);
    }
  });

  test('has a place in the page for everything, and a plot that can be drawn', () => {
    const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    expect(() => fillIn(page, blocksOf(report))).not.toThrow();
    const plots = report.sections.flatMap((section) => section.plots ?? []);
    expect(plots.length).toBeGreaterThan(0);
    for (const plot of plots) expect(plotSvg(plot)).not.toMatch(/NaN|Infinity|undefined/);
  });
});

test.each([
  [['--only', 'nothing'], 'There is no section nothing'],
  [['--quick', '--write-docs'], '--write-docs needs a whole run'],
  [['--repeats', '1'], "Unknown option '--repeats'"],
])('%j is refused', async (args, problem) => {
  const refused = run(process.execPath, ['bench/main.ts', ...args], { cwd: root });
  await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(problem) });
});
