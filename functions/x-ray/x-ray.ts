import { AsyncLocalStorage } from 'node:async_hooks';
import type { Endpoints } from '../../lib/config.ts';
import { readTraceHeader, type TraceContext, traceHeader } from '../../lib/tracing/trace-header.ts';
import type { OpenSpan, Span, SpanAttributes, SpanName, Tracing } from '../../lib/tracing/tracing.ts';
import type { XRayDaemon } from './daemon.ts';
import { type Particulars, Segment } from './segment.ts';

/** Options of {@link XRay}. */
export interface XRayOptions {
  /** Name of the cache: segments of its own are called `NAME api`, `NAME flush`. */
  readonly name: string;
  /** Queue and table, which X-Ray shows as places of their own. */
  readonly endpoints: Pick<Endpoints, 'queueUrl' | 'tableName'>;
  /** Takes what is recorded. @default nothing is recorded; messages carry the trace all the same */
  readonly daemon?: Pick<XRayDaemon, 'send'> | undefined;
  /** Whether an invocation has a segment already, of which its spans are parts: on Lambda, which makes it. */
  readonly hasSegment: boolean;
}

/** Where a function is: in which trace, and in which span of it. */
interface Place {
  readonly context: TraceContext;
  readonly segment?: Segment;
}

const NOT_RECORDED: Span = { set: () => undefined, fail: () => undefined };

/**
 * Traces of the functions in X-Ray, without its SDK. Whether a trace is recorded was decided before: by API Gateway, or by Lambda. Of one
 * that is not, only its header travels on.
 */
export class XRay implements Tracing {
  readonly #options: XRayOptions;
  readonly #places = new AsyncLocalStorage<Place>();
  #ended: Segment[] = [];

  constructor(options: XRayOptions) {
    this.#options = options;
  }

  /** Does what an invocation asks for as a part of the trace that a header names, and sends what was recorded before it resolves. */
  async within<T>(header: string | undefined, work: () => Promise<T>): Promise<T> {
    const context = readTraceHeader(header);
    try {
      return context ? await this.#places.run({ context }, work) : await work();
    } finally {
      const segments = this.#ended;
      this.#ended = [];
      await this.#options.daemon?.send(segments);
    }
  }

  span<T>(name: SpanName, attributes: SpanAttributes, work: (span: Span) => Promise<T>): Promise<T> {
    const place = this.#places.getStore();
    if (!place?.context.sampled || !this.#options.daemon) return work(NOT_RECORDED);
    const { context, segment: parent } = place;
    const segment = parent
      ? parent.child(this.#nameOf(name), name, attributes, this.#particularsOf(name))
      : this.#first(name, attributes, context);
    return this.#places.run({ context, segment }, () => this.#timed(segment, () => work(segment), !parent));
  }

  header(): string | undefined {
    const place = this.#places.getStore();
    if (!place) return undefined;
    const { context, segment } = place;
    return traceHeader(segment ? { ...context, parentId: segment.id } : context);
  }

  follow(headers: readonly string[], attributes: SpanAttributes): OpenSpan | undefined {
    const [context, ...others] = headers.flatMap((header) => readTraceHeader(header) ?? []);
    if (!context?.sampled || !this.#options.daemon) return undefined;
    const place = this.#places.getStore();
    // A write-through: it is under way here.
    const own = place?.segment && place.segment.id === context.parentId ? place.segment : undefined;
    const linked = [...others.map(({ traceId }) => traceId), ...(place && !own ? [place.context.traceId] : [])];
    const segment = own
      ? own.child('flush', 'flush', attributes, {})
      : new Segment(`${this.#options.name} flush`, 'flush', attributes, {
          ...ofTrace(context),
          ...(linked.length > 0 && { metadata: { default: { linkedTraces: linked } } }),
        });
    return {
      set: (more) => segment.set(more),
      fail: (error) => segment.fail(error),
      run: (name, work) => {
        const step = segment.child(this.#nameOf(name), name, {}, this.#particularsOf(name));
        return this.#places.run({ context, segment: step }, () => this.#timed(step, work, false));
      },
      end: () => {
        segment.end();
        if (!own) this.#ended.push(segment);
      },
    };
  }

  async #timed<T>(segment: Segment, work: () => Promise<T>, isWhole: boolean): Promise<T> {
    try {
      return await work();
    } catch (error) {
      segment.fail(error as Error);
      throw error;
    } finally {
      segment.end();
      if (isWhole) this.#ended.push(segment);
    }
  }

  /** The span with which the part of this function begins. */
  #first(name: SpanName, attributes: SpanAttributes, context: TraceContext): Segment {
    if (this.#options.hasSegment && context.parentId) {
      return new Segment(name, name, attributes, { type: 'subsegment', ...ofTrace(context) });
    }
    const functionName = name === 'request' ? 'api' : name;
    return new Segment(`${this.#options.name} ${functionName}`, name, attributes, ofTrace(context));
  }

  /** X-Ray shows calls of AWS as places of their own, by the name of the service. */
  #nameOf(name: SpanName): string {
    return name === 'signal' ? 'SQS' : name === 'store' ? 'DynamoDB' : name;
  }

  #particularsOf(name: SpanName): Particulars {
    const { queueUrl, tableName } = this.#options.endpoints;
    if (name === 'signal') return { namespace: 'aws', aws: { queue_url: queueUrl } };
    if (name === 'store') return { namespace: 'aws', aws: { table_name: tableName } };
    return {};
  }
}

function ofTrace({ traceId, parentId }: TraceContext): Particulars {
  return { trace_id: traceId, ...(parentId && { parent_id: parentId }) };
}
