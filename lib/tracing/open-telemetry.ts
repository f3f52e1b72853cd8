/**
 * Traces of a cache in a program's own OpenTelemetry.
 *
 * @module write-behind/open-telemetry
 */
import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { Span as ApiSpan, AttributeValue, Context, Link, SpanContext } from '@opentelemetry/api';
import { readTraceHeader, traceHeader } from './trace-header.ts';
import type { OpenSpan, Span, SpanAttributes, SpanName, Tracing } from './tracing.ts';

/** The module `@opentelemetry/api`, which the program brings. */
export type OpenTelemetry = Pick<typeof OpenTelemetryApi, 'context' | 'trace' | 'SpanKind' | 'SpanStatusCode'>;

/**
 * Sends spans to whatever SDK is registered with `@opentelemetry/api`; without one it does next to nothing. Messages carry the context as
 * X-Ray's trace header, the one that SQS keeps for them: ids are the same, `tracestate` and baggage stay behind.
 *
 * @param api `import * as api from '@opentelemetry/api'`
 * @example
 * const cache = await WriteBehind.connect(config, { tracing: openTelemetry(api) });
 */
export function openTelemetry(api: OpenTelemetry): Tracing {
  const { context, trace, SpanKind } = api;
  const tracer = trace.getTracer('write-behind');
  const kinds: Partial<Record<SpanName, OpenTelemetryApi.SpanKind>> = {
    signal: SpanKind.PRODUCER,
    batch: SpanKind.CONSUMER,
    flush: SpanKind.CONSUMER,
    store: SpanKind.CLIENT,
  };
  const start = (name: SpanName, attributes: SpanAttributes, parent: Context, links: Link[] = []): ApiSpan =>
    tracer.startSpan(name, { kind: kinds[name] ?? SpanKind.INTERNAL, attributes: prefixed(attributes), links }, parent);

  async function timed<T>(span: ApiSpan, parent: Context, work: (span: Span) => Promise<T>): Promise<T> {
    const own = spanOf(api, span);
    try {
      return await context.with(trace.setSpan(parent, span), () => work(own));
    } catch (error) {
      own.fail(error as Error);
      throw error;
    } finally {
      span.end();
    }
  }

  return {
    span(name, attributes, work) {
      const parent = context.active();
      return timed(start(name, attributes, parent), parent, work);
    },
    header() {
      const current = trace.getSpanContext(context.active());
      return current && trace.isSpanContextValid(current) ? headerOf(current) : undefined;
    },
    follow(headers, attributes): OpenSpan | undefined {
      const [first, ...others] = headers.flatMap((header) => contextOf(header) ?? []);
      if (!first) return undefined;
      const here = trace.getSpanContext(context.active());
      const around = here && here.spanId !== first.spanId ? [here] : [];
      const links = [...others, ...around].map((linked) => ({ context: linked }));
      const parent = trace.setSpanContext(context.active(), first);
      const span = start('flush', attributes, parent, links);
      const within = trace.setSpan(parent, span);
      return {
        ...spanOf(api, span),
        run: (name, work) => timed(start(name, {}, within), within, work),
        end: () => span.end(),
      };
    },
  };
}

function spanOf({ SpanStatusCode }: OpenTelemetry, span: ApiSpan): Span {
  return {
    set: (attributes) => void span.setAttributes(prefixed(attributes)),
    // Its message may quote an item.
    fail: ({ name }) => void span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', name),
  };
}

function prefixed(attributes: SpanAttributes): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`write_behind.${name}`, value]));
}

const SAMPLED = 1;

function headerOf({ traceId, spanId, traceFlags }: SpanContext): string {
  const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
  return traceHeader({ traceId: root, parentId: spanId, sampled: (traceFlags & SAMPLED) === SAMPLED });
}

function contextOf(header: string): SpanContext | undefined {
  const read = readTraceHeader(header);
  if (!read?.parentId) return undefined;
  const traceId = read.traceId.slice('1-'.length).replace('-', '');
  return { traceId, spanId: read.parentId, traceFlags: read.sampled ? SAMPLED : 0, isRemote: true };
}
