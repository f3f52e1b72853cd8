import type { Findings } from '../section.ts';
import { formatNumber } from './format.ts';
import { type Machine, machineText } from './machine.ts';
import { type Table, tableMarkdown } from './table.ts';
import { isMet, type Target, wantedText } from './target.ts';

/** What a section found, and how long it took. */
export interface SectionReport extends Findings {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
}

/** One run. */
export interface Report {
  /** Of this format. */
  readonly version: 1;
  readonly startedAt: string;
  /** Whether it only shows that it works: its figures say nothing. */
  readonly quick: boolean;
  /** Repeats behind each median. */
  readonly repeats: number;
  readonly machine: Machine;
  readonly sections: readonly SectionReport[];
}

/** The report as JSON; each target says whether it was met. */
export function reportJson(report: Report): string {
  const sections = report.sections.map(({ targets = [], plots = [], ...section }) => ({
    ...section,
    plots,
    targets: targets.map((target) => ({ ...target, met: isMet(target) })),
  }));
  return `${JSON.stringify({ ...report, sections }, undefined, 2)}\n`;
}

/** The targets of all sections. */
export function targetsOf(sections: readonly SectionReport[]): Target[] {
  return sections.flatMap(({ targets = [] }) => targets);
}

/** Targets, those missed with the reason. */
export function targetsTable(targets: readonly Target[]): Table {
  const row = (target: Target) => ({
    what: target.what,
    measured: formatNumber(target.measured, target.unit),
    wanted: wantedText(target),
    met: isMet(target) ? 'met' : `not met: ${target.ifMissed}`,
  });
  return {
    id: 'targets',
    title: 'Targets',
    columns: [
      { id: 'what', title: '', unit: 'text' },
      { id: 'measured', title: 'measured', unit: 'text' },
      { id: 'wanted', title: 'wanted', unit: 'text' },
      { id: 'met', title: '', unit: 'text' },
    ],
    rows: targets.map(row),
  };
}

/** What goes into the page, by the names of its places. */
export function blocksOf(report: Report): Map<string, string> {
  const { sections, machine, startedAt, repeats } = report;
  const tables = sections.flatMap((section) => section.tables);
  const plots = sections.flatMap((section) => section.plots ?? []);
  return new Map([
    ['machine', `${startedAt.slice(0, 10)}, ${machineText(machine)} Medians of ${repeats} repeats.`],
    ['targets', tableMarkdown(targetsTable(targetsOf(sections)))],
    ...tables.map((table) => [table.id, `**${table.title}**\n\n${tableMarkdown(table)}`] as const),
    ...plots.map((plot) => [`plot-${plot.id}`, `![${plot.title}](performance/${plot.id}.svg)`] as const),
  ]);
}
