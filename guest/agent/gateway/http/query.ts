/** A query in its order, decoded. Names may repeat. */
export type Query = readonly (readonly [name: string, value: string])[];

const unescapeQuery = (text: string): string | null => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
};

/**
 * The pairs that Go's net/url ParseQuery finds; pairs with a semicolon, a malformed escape or bytes that are not UTF-8 are
 * left out, so a query that is to be sent on after a look at it has to be written anew.
 */
export const parseQuery = (query: string): Query =>
  query.split('&').flatMap((pair) => {
    if (pair === '' || pair.includes(';')) return [];
    const equals = pair.indexOf('=');
    const name = unescapeQuery(equals === -1 ? pair : pair.slice(0, equals));
    const value = unescapeQuery(equals === -1 ? '' : pair.slice(equals + 1));
    return name === null || value === null ? [] : [[name, value] as const];
  });

/** In the form of RFC 3986: everything but unreserved characters is escaped. */
export const writeQuery = (query: Query): string =>
  query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');

/** A parameter as Go's Request.Form gives it: the first value, '' when absent. */
export const queryValue = (query: Query, name: string): string => query.find(([each]) => each === name)?.[1] ?? '';
