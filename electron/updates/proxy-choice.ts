import type { ProxyConfig } from 'electron';
import type { EffectiveSettings } from '../../shared/contract/settings.ts';
import type { ProxyServers } from '../../shared/contract/vm.ts';

/** How Bulkhead itself reaches the internet. */
export type ProxyChoice =
  /** `fallback` is what counts where the desktop names none. */
  | { readonly mode: 'system'; readonly fallback: ProxyServers | null }
  | { readonly mode: 'none' }
  | ({ readonly mode: 'manual' } & ProxyServers);

/** The choice that these settings make. */
export function proxyChoice(effective: EffectiveSettings, systemProxy: ProxyServers | null): ProxyChoice {
  switch (effective.proxyMode.value) {
    case 'system':
      return { mode: 'system', fallback: systemProxy };
    case 'none':
      return { mode: 'none' };
    case 'manual':
      return {
        mode: 'manual',
        http: effective.proxyHttp.value,
        https: effective.proxyHttps.value,
        exclude: effective.proxyExclude.value,
      };
  }
}

/** The choice in Chromium's words (Electron docs, ProxyConfig); without a server for it a scheme goes out directly. */
export function fixedServers(choice: ProxyChoice): ProxyConfig {
  switch (choice.mode) {
    case 'system':
      return { mode: 'system' };
    case 'none':
      return { mode: 'direct' };
    case 'manual': {
      const rules = [
        ...(choice.http === '' ? [] : [`http=${choice.http}`]),
        ...(choice.https === '' ? [] : [`https=${choice.https}`]),
      ];
      if (rules.length === 0) return { mode: 'direct' };
      return { mode: 'fixed_servers', proxyRules: rules.join(';'), proxyBypassRules: choice.exclude.join(',') };
    }
  }
}
