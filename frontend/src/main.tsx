import './styles/index.css';
import { render } from 'preact';
import { App } from './app';
import { createFrameLoop } from './charts/frame-loop';
import { createAppState } from './state/app-state';
import { bindBrowser, browserDeps } from './state/browser';
import { parseQuery } from './state/url';
import { AppContext } from './ui/context';
import { followTheme } from './ui/cycle';
import { keepTabSign } from './ui/tab-sign';

const root = document.getElementById('app');
if (root) {
  const app = createAppState({ ...browserDeps(window), frameLoop: createFrameLoop() });
  bindBrowser(app, window);
  followTheme(app.view.theme, document.documentElement);
  const mode = parseQuery(window.location.search);
  if (!mode.kiosk && mode.embed === '') app.connection.watchTable('processes');
  keepTabSign(app, document);
  root.replaceChildren();
  render(
    <AppContext.Provider value={app}>
      <App mode={mode} />
    </AppContext.Provider>,
    root,
  );
  app.start();
}
