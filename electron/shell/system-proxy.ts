import type { ProxyServers } from '../../shared/contract/vm.ts';

interface Parts {
  /** The desktop's answer for a URL, as a proxy auto-configuration script gives it (Electron docs, ses.resolveProxy). */
  readonly resolve: (url: string) => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where the engine fetches most; a script may answer differently for each host. */
const REGISTRY = 'registry-1.docker.io';
/** A script that cannot be fetched must not keep the app from starting. */
const DEADLINE_MS = 5_000;

/**
 * The proxy that this computer is set to, by its desktop or, where that names none, by the environment. Null for none.
 */
export async function findSystemProxy({ resolve, env }: Parts): Promise<ProxyServers | null> {
  const fallback = serversOf(env);
  const [http, https] = await Promise.all([ask(resolve, `http://${REGISTRY}/`), ask(resolve, `https://${REGISTRY}/`)]);
  return orNull({ ...fallback, http: http ?? fallback.http, https: https ?? fallback.https });
}

/** What the environment says: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case (curl(1)). Null for none. */
export const environmentProxy = (env: Parts['env']): ProxyServers | null => orNull(serversOf(env));

function serversOf(env: Parts['env']): ProxyServers {
  const variable = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? '';
  const exclude = variable('NO_PROXY')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return { http: serverOf(variable('HTTP_PROXY')) ?? '', https: serverOf(variable('HTTPS_PROXY')) ?? '', exclude };
}

const orNull = (servers: ProxyServers): ProxyServers | null =>
  servers.http === '' && servers.https === '' ? null : servers;

async function ask(resolve: Parts['resolve'], url: string): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<string>((answer) => {
    timer = setTimeout(() => answer('DIRECT'), DEADLINE_MS);
  });
  try {
    return firstProxy(await Promise.race([resolve(url), deadline]));
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The first server of such an answer, e.g. "PROXY host:port; DIRECT", that Docker Engine can use: an HTTP proxy, reached
 * with or without TLS. Null if it is to go directly before that, or has none.
 */
export function firstProxy(answer: string): string | null {
  for (const part of answer.split(';')) {
    const [kind = '', place = ''] = part.trim().split(/\s+/u);
    switch (kind.toUpperCase()) {
      case 'DIRECT':
        return null;
      case 'PROXY':
      case 'HTTP':
        return serverOf(`http://${place}`);
      case 'HTTPS':
        return serverOf(`https://${place}`);
      default:
        // A SOCKS proxy, or something that is not known.
        break;
    }
  }
  return null;
}

/** Whether the answer asks for no proxy. */
export const isDirect = (answer: string): boolean => /^\s*(DIRECT\s*;?\s*)?$/iu.test(answer);

/** The server's URL without a path; null if it is no HTTP proxy. A server without a scheme is one over HTTP (curl(1)). */
function serverOf(text: string): string | null {
  const given = text.includes('://') ? text : `http://${text}`;
  if (text === '' || !URL.canParse(given)) return null;
  const { protocol, username, password, host, port } = new URL(given);
  if (!['http:', 'https:'].includes(protocol) || host === '') return null;
  const credentials = username === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`;
  // The URL standard drops a port that is the scheme's own; a proxy's must be named (its default differs by program).
  const own = port === '' ? `:${protocol === 'https:' ? 443 : 80}` : '';
  return `${protocol}//${credentials}${host}${own}`;
}
