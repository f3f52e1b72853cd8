import type { Operation, Outcome } from '../model/operation.ts';
import type { SpanAttributes, Tracing } from '../tracing/tracing.ts';

/** Writes as a span: one write with its key and the version that it got, several with their number. */
export function tracedWrite(
  tracing: Tracing,
  operations: readonly Operation[],
  write: () => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const [first] = operations;
  const what: SpanAttributes =
    operations.length === 1 && first ? { op: first.op, key: first.key } : { operations: operations.length };
  return tracing.span('write', what, async (span) => {
    const outcomes = await write();
    const [outcome] = outcomes;
    if (outcomes.length === 1 && outcome?.kind === 'written') {
      const { version, durability } = outcome.acknowledgement;
      span.set({ version, durability });
    }
    const failures = outcomes.filter((each) => each.kind === 'failed');
    if (failures.length > 0) span.set({ failed: failures.length });
    if (outcomes.length === 1 && failures[0]) span.fail(failures[0].error);
    return outcomes;
  });
}
