import { badRequest } from '../refusal.ts';

/** A request target in the one form in which the gateway and the engine read it alike. */
export interface Target {
  /** The decoded path, as it is sent on. */
  readonly fullPath: string;
  /** The path without its `/v1.NN`, against which routes are matched. */
  readonly path: string;
  /** What follows the question mark, as received; null without one. */
  readonly query: string | null;
}

/** The engine's own pattern of a version prefix (moby api/server/server.go, versionMatcher). */
const VERSION_PREFIX = /^\/v[0-9.]+(?=\/)/;

/** RFC 3986 pchar without the percent sign, and the brackets of an IPv6 registry. No name that Docker allows needs more. */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]]*$/;

/** Image names contain slashes, and clients exist that send them as %2F (Docker clients for the JVM and for .NET). */
const TAKES_IMAGE_NAME = /^(?:\/v[0-9.]+)?\/(?:images|distribution)\//;

/**
 * Reads a request target. The engine routes on the decoded path, so the path is decoded once, checked, and only the
 * decoded form is sent on. Throws a Refusal for an absolute or authority form, encoded dots, encoded slashes outside an
 * image name, empty or dot segments, and any byte that no Docker name has.
 */
export const parseTarget = (method: string, target: string): Target => {
  if (method === 'OPTIONS' && target === '*') return { fullPath: '*', path: '*', query: null };
  if (!target.startsWith('/')) throw badRequest('the request target is not a path');
  const mark = target.indexOf('?');
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const decoded = decodePath(rawPath);
  if (!PATH.test(decoded)) throw badRequest('the path has characters that no Docker route has');
  if (decoded.includes('//')) throw badRequest('the path has an empty segment');
  if (decoded.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw badRequest('the path has a dot segment');
  }
  return {
    fullPath: decoded,
    path: decoded.replace(VERSION_PREFIX, ''),
    query: mark === -1 ? null : target.slice(mark + 1),
  };
};

const decodePath = (path: string): string =>
  path.replace(/%(.{0,2})/g, (escape, digits: string) => {
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw badRequest('the path has a malformed escape');
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    if (character === '.' || character === '%' || (character === '/' && !TAKES_IMAGE_NAME.test(path))) {
      throw badRequest(`the path has the escape ${escape}`);
    }
    return character;
  });
