import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { ErrorBoundary } from './app/ErrorBoundary.tsx';
import { createActions } from './state/actions.ts';
import { BulkheadContext } from './state/context.ts';
import { createWindowStore } from './state/store.ts';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';

const store = createWindowStore();
const actions = createActions(store, window.bulkhead ?? null);
const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has no #root.');

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <BulkheadContext value={{ store, actions }}>
        <App />
      </BulkheadContext>
    </ErrorBoundary>
  </StrictMode>,
);
