import { useEffect, type ReactNode } from 'react';
import { ApplyDialog } from '../apply/ApplyDialog.tsx';
import { EnginePage } from '../engine/EnginePage.tsx';
import { PolicyChanged } from '../policy/PolicyChanged.tsx';
import { PolicyError } from '../policy/PolicyError.tsx';
import { SettingsPage } from '../settings/SettingsPage.tsx';
import { useActions, useWindow } from '../state/context.ts';
import type { Page } from '../state/store.ts';
import './app.css';
import { FullPageFailure } from './FullPageFailure.tsx';
import { Notices } from './Notices.tsx';
import { Sidebar } from './Sidebar.tsx';

function CurrentPage({ page }: { readonly page: Page }): ReactNode {
  switch (page) {
    case 'settings':
      return <SettingsPage />;
    case 'engine':
      return <EnginePage />;
  }
}

export function App(): ReactNode {
  const { connect } = useActions();
  const connection = useWindow((state) => state.connection);
  const page = useWindow((state) => state.page);
  const sessionShown = useWindow((state) => state.session !== null && state.sessionShown);

  useEffect(() => connect(), [connect]);

  switch (connection.kind) {
    case 'connecting':
      return <main className="full-page" aria-busy="true" />;
    case 'lost':
      return (
        <FullPageFailure
          title="Bulkhead does not answer"
          failure={connection.failure}
          action="Try again"
          onAction={() => connect()}
        />
      );
    case 'connected':
      return (
        <div className="shell">
          <Sidebar />
          <div className="shell__page">
            <div>
              <PolicyError />
              <PolicyChanged />
              <Notices />
            </div>
            <CurrentPage page={page} />
          </div>
          {sessionShown && <ApplyDialog />}
        </div>
      );
  }
}
