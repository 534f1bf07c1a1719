import type { MenuItemConstructorOptions } from 'electron';
import type { EngineSnapshot } from '../../shared/contract/engine.ts';

export interface MenuActions {
  readonly startEngine: () => void;
  readonly stopEngine: () => void;
  readonly restartEngine: () => void;
  readonly cancelOperation: () => void;
  readonly openLogs: () => void;
  readonly quit: () => void;
}

/** The menu items whose being enabled follows the engine. */
export const ENGINE_ITEMS = ['engine-start', 'engine-stop', 'engine-restart', 'engine-cancel'] as const;
export type EngineItem = (typeof ENGINE_ITEMS)[number];

/** Which of the engine's menu items can do something now. */
export function enabledItems({ state, cancellable }: EngineSnapshot): Readonly<Record<EngineItem, boolean>> {
  const isResting = state.kind === 'stopped' || state.kind === 'failed';
  return {
    'engine-start': isResting,
    'engine-stop': state.kind === 'running' || state.kind === 'failed',
    'engine-restart': state.kind === 'running' || state.kind === 'failed',
    'engine-cancel': cancellable,
  };
}

/** The application menu. Developer tools are in it in development builds only. */
export function menuTemplate(
  actions: MenuActions,
  { mac, development }: { readonly mac: boolean; readonly development: boolean },
): MenuItemConstructorOptions[] {
  const quit: MenuItemConstructorOptions = {
    label: 'Quit Bulkhead',
    accelerator: 'CommandOrControl+Q',
    click: actions.quit,
  };
  return [
    ...(mac ? [{ label: 'Bulkhead', submenu: [{ role: 'about' as const }, { role: 'hide' as const }, quit] }] : []),
    { label: 'File', submenu: [{ role: 'close', label: 'Close Window' }, ...(mac ? [] : [quit])] },
    ...(mac ? [{ role: 'editMenu' as const }] : []),
    {
      label: 'Engine',
      submenu: [
        { id: 'engine-start', label: 'Start', click: actions.startEngine },
        { id: 'engine-stop', label: 'Stop', click: actions.stopEngine },
        {
          id: 'engine-restart',
          label: 'Restart (the policy is not read again)',
          toolTip: "The administrator's policy is read when Bulkhead starts. Quit and start Bulkhead to read it again.",
          click: actions.restartEngine,
        },
        { type: 'separator' },
        { id: 'engine-cancel', label: 'Cancel the operation under way', click: actions.cancelOperation },
      ],
    },
    {
      label: 'View',
      submenu: [
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'resetZoom' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(development ? [{ role: 'toggleDevTools' as const }] : []),
      ],
    },
    {
      label: 'Help',
      submenu: [{ label: 'Show Log Files', click: actions.openLogs }, ...(mac ? [] : [{ role: 'about' as const }])],
    },
  ];
}
