import { fieldTokens, type Headers, type RequestHead, withoutFields } from './head.ts';

/** Asks to leave HTTP/1.1, which only some routes may. */
const UPGRADE_FIELDS = ['upgrade', 'http2-settings'];
/** Describe the body as received. */
const BODY_FIELDS = ['content-length', 'transfer-encoding', 'content-type', 'expect', 'trailer', 'te'];

/** A server may ignore an upgrade that it does not want (RFC 9110 §7.8); the engine never sees the wish. */
const withoutUpgrade = (headers: Headers): Headers =>
  withoutFields(headers, UPGRADE_FIELDS).map(([name, value]) => {
    if (name.toLowerCase() !== 'connection') return [name, value];
    const kept = value.split(',').filter((token) => !UPGRADE_FIELDS.includes(token.trim().toLowerCase()));
    return [name, kept.join(',').trim() || 'keep-alive'];
  });

/** Whether the request asks for exactly this protocol and no other. */
export const asksFor = (head: RequestHead, protocol: string | null): boolean => {
  const tokens = fieldTokens(head.headers, 'upgrade');
  return tokens.length === 1 && tokens[0] === protocol;
};

/**
 * The head as the engine gets it: the fields as received, in their order and spelling, but for a refused upgrade and, where
 * the body is replaced by JSON of `bodyBytes` bytes, the fields that described it.
 */
export const forwardedHead = (
  head: RequestHead,
  target: string,
  { upgrade, bodyBytes }: { readonly upgrade: boolean; readonly bodyBytes: number | null },
): RequestHead => {
  const headers = upgrade ? head.headers : withoutUpgrade(head.headers);
  if (bodyBytes === null) return { ...head, target, headers };
  const replaced: Headers = [
    ...withoutFields(headers, BODY_FIELDS),
    ['Content-Type', 'application/json'],
    ['Content-Length', String(bodyBytes)],
  ];
  return { ...head, target, headers: replaced };
};
