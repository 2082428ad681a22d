// Where the portal begins: the style sheets, the API client and the first drawing.
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/tables.css';
import './styles/reservation-form.css';
import './styles/negotiation.css';
import './styles/charts.css';
import './styles/pages.css';
import './styles/print.css';
import './styles/forced-colors.css';
import { render } from 'preact';
import { PortalApi } from './api/client.ts';
import { Http } from './api/http.ts';
import { App } from './app.tsx';

const http = new Http();
render(<App http={http} api={new PortalApi(http)} />, document.getElementById('portal')!);
