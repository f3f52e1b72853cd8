import { dirtyKeys } from '../growth/dirty-keys.ts';
import { hotKey } from '../growth/hot-key.ts';
import { shards } from '../growth/shards.ts';
import { valueSize } from '../growth/value-size.ts';
import type { Findings, Section } from '../section.ts';

/** What becomes of the speed as one thing grows and all else stays. */
export const growth: Section = {
  name: 'growth',
  title: 'Growth',
  async run(extent) {
    const findings: Findings[] = [];
    for (const measure of [dirtyKeys, valueSize, hotKey, shards]) findings.push(await measure(extent));
    return {
      tables: findings.flatMap(({ tables }) => tables),
      plots: findings.flatMap(({ plots = [] }) => plots),
    };
  },
};
