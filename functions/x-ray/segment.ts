import { randomBytes } from 'node:crypto';
import type { SpanAttributes, SpanName } from '../../lib/tracing/tracing.ts';
import { describeError, type ErrorDescription } from '../describe-error.ts';

/** A segment or subsegment as X-Ray takes it, times in s since the epoch. */
export interface SegmentDocument {
  readonly name: string;
  readonly id: string;
  readonly start_time: number;
  readonly end_time: number;
  readonly type?: 'subsegment';
  readonly trace_id?: string;
  readonly parent_id?: string;
  readonly namespace?: 'aws';
  readonly aws?: Readonly<Record<string, string>>;
  readonly annotations?: SpanAttributes;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly fault?: true;
  readonly cause?: { readonly exceptions: readonly Readonly<Record<string, unknown>>[] };
  readonly subsegments?: readonly SegmentDocument[];
}

/** What a document has besides what every span has. */
export type Particulars = Pick<SegmentDocument, 'type' | 'trace_id' | 'parent_id' | 'namespace' | 'aws' | 'metadata'>;

/** A span while it lasts; those that begin within it go along in its document. */
export class Segment {
  readonly id = randomBytes(8).toString('hex');
  readonly #name: string;
  readonly #particulars: Particulars;
  readonly #startedAtMs = Date.now();
  // The clock of the day may be set meanwhile.
  readonly #startedAt = performance.now();
  readonly #children: Segment[] = [];
  #annotations: SpanAttributes;
  #error: ErrorDescription | undefined;
  #endedAtMs: number | undefined;

  constructor(name: string, step: SpanName, attributes: SpanAttributes, particulars: Particulars) {
    this.#name = name;
    this.#annotations = { step, ...attributes };
    this.#particulars = particulars;
  }

  child(name: string, step: SpanName, attributes: SpanAttributes, particulars: Particulars): Segment {
    const child = new Segment(name, step, attributes, particulars);
    this.#children.push(child);
    return child;
  }

  set(attributes: SpanAttributes): void {
    this.#annotations = { ...this.#annotations, ...attributes };
  }

  fail(error: Error): void {
    this.#error = describeError(error);
  }

  end(): void {
    this.#endedAtMs = this.#startedAtMs + performance.now() - this.#startedAt;
  }

  /** What X-Ray gets; of what still goes on, the time until now. */
  document(withChildren = true): SegmentDocument {
    const endedAtMs = this.#endedAtMs ?? this.#startedAtMs + performance.now() - this.#startedAt;
    const children = withChildren ? this.#children.map((child) => child.document()) : [];
    const omitted = withChildren ? 0 : this.#children.length;
    return {
      name: this.#name,
      id: this.id,
      start_time: this.#startedAtMs / 1000,
      end_time: endedAtMs / 1000,
      ...this.#particulars,
      annotations: { ...this.#annotations, ...(omitted > 0 && { omittedSpans: omitted }) },
      ...(this.#error && { fault: true as const, cause: { exceptions: exceptionsOf(this.#error) } }),
      ...(children.length > 0 && { subsegments: children }),
    };
  }
}

function exceptionsOf({ name, message, cause }: ErrorDescription): Record<string, unknown>[] {
  const own = { id: randomBytes(8).toString('hex'), type: name, ...(message !== undefined && { message }) };
  return [own, ...(cause ? exceptionsOf(cause) : [])];
}
