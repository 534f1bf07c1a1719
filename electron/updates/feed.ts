import { session } from 'electron';
import { isDirect } from '../shell/system-proxy.ts';
import { fixedServers, type ProxyChoice } from './proxy-choice.ts';

const LARGEST_ANSWER_BYTES = 256 * 1024;

interface Parts {
  readonly url: string;
  readonly version: string;
  /** The user's or the administrator's choice, as it is at the moment. */
  readonly proxy: () => ProxyChoice;
}

/**
 * Fetches the feed with Chromium's network stack, which knows the system's proxies and certificates, in a session of
 * its own that can reach this one address, follows no redirect and keeps no cookies.
 */
export function feedClient({ url, version, proxy }: Parts): (signal: AbortSignal) => Promise<string> {
  const feeds = session.fromPartition('updates', { cache: false });
  feeds.webRequest.onBeforeRequest(({ url: asked }, answer) => answer({ cancel: asked !== url }));
  feeds.setUserAgent(`Bulkhead/${version}`);
  return async (signal) => {
    const chosen = proxy();
    await feeds.setProxy(fixedServers(chosen));
    if (chosen.mode === 'system' && chosen.fallback !== null && isDirect(await feeds.resolveProxy(url))) {
      await feeds.setProxy(fixedServers({ mode: 'manual', ...chosen.fallback }));
    }
    const response = await feeds.fetch(url, {
      signal,
      redirect: 'error',
      credentials: 'omit',
      headers: { accept: 'application/vnd.github+json' },
    });
    if (!response.ok) throw new Error(`the server answered with status ${response.status}`);
    return textOf(response);
  };
}

interface ByteReader {
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  readonly cancel: () => Promise<void>;
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  if (response.body === null) return text;
  const reader: ByteReader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return text + decoder.decode();
    size += value.byteLength;
    if (size > LARGEST_ANSWER_BYTES) {
      await reader.cancel();
      throw new Error(`the answer is larger than ${LARGEST_ANSWER_BYTES / 1024} KiB`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
