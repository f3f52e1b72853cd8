import type { Mutation } from './mutation.ts';

const mapped = 'lib/store/mapped-table.ts';
const contract = 'test/contract/database.test.ts';

/** Collections in tables of one's own. */
export const ownTableMutations: readonly Mutation[] = [
  {
    rule: 5,
    breaks: "a write to a table of one's own takes a newer item back",
    tests: contract,
    edits: [{ file: mapped, find: 'OR #version < :version`', replace: 'OR #version <> :version`' }],
  },
  {
    rule: 5,
    breaks: 'a first write to an item of another program is stored whatever the policy says',
    tests: contract,
    edits: [
      {
        file: mapped,
        find: "unversioned === 'refused' ? '#there' : '#version'",
        replace: "unversioned === 'refused' ? '#version' : '#version'",
      },
      { file: mapped, find: "if (unversioned === 'refused') names['#there'] = partitionKey.name;", replace: '' },
    ],
  },
  {
    rule: 5,
    breaks: 'a write to a shared item replaces the attributes of others',
    tests: contract,
    edits: [{ file: mapped, find: 'if (!this.mapping.sharedNames) {', replace: 'if (this.mapping) {' }],
  },
  {
    rule: 5,
    breaks: 'two ids are the same item',
    tests: 'test/tables/template',
    edits: [
      {
        file: 'lib/tables/table-mapping.ts',
        find: 'if (key && this.idOf(key) === id) return key;',
        replace: 'if (key) return key;',
      },
    ],
  },
];
