import { BadPathError, MethodNotAllowedError, NoSuchRouteError } from './errors.ts';
import type { Route } from './route.ts';

/** A route and the parameters that its path holds. */
export interface Match {
  readonly route: Pick<Route, 'path' | 'body' | 'bodyOptional' | 'refusesBody' | 'parse' | 'respond'>;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a method and a raw path. */
export type Router = (method: string, rawPath: string) => Match;

interface Place {
  readonly template: readonly string[];
  readonly path: string;
  readonly byMethod: Map<string, Route>;
}

/**
 * Builds the router of a route table. The path is split first and each segment decoded once, so that an encoded slash or
 * percent sign stays part of its segment. OPTIONS answers 204 with `Allow` on every path.
 *
 * The router throws `BadPathError`, `NoSuchRouteError` and `MethodNotAllowedError`.
 */
export function createRouter(routes: readonly Route[]): Router {
  const places = new Map<string, Place>();
  for (const route of routes) {
    const place = places.get(route.path) ?? {
      template: route.path.slice(1).split('/'),
      path: route.path,
      byMethod: new Map<string, Route>(),
    };
    place.byMethod.set(route.method, route);
    places.set(route.path, place);
  }

  return (method, rawPath) => {
    const segments = rawPath.replace(/^\//, '').split('/').map(decodeSegment);
    for (const place of places.values()) {
      const params = paramsOf(place.template, segments);
      if (!params) continue;
      const route = place.byMethod.get(method) ?? (method === 'OPTIONS' ? optionsRoute(place) : undefined);
      if (!route) throw new MethodNotAllowedError(method, allowed(place));
      return { route, params };
    }
    throw new NoSuchRouteError();
  };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new BadPathError(segment, { cause });
  }
}

function paramsOf(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}

const allowed = (place: Place) => [...place.byMethod.keys(), 'OPTIONS'];

function optionsRoute(place: Place): Match['route'] {
  const headers = { Allow: allowed(place).join(', ') };
  return { path: place.path, respond: async () => ({ status: 204, headers }) };
}
