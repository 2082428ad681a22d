// What surrounds every page: brand, navigation, banner, service time.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { usePortal } from '../live/context.ts';
import { useAction } from '../live/use-action.ts';
import { useNow } from '../live/use-now.ts';
import { useRoute } from '../router.ts';
import { formatClockSeconds, formatDay, formatZone } from '../text/time.ts';
import { OutageBanner } from './outage-banner.tsx';

const USER_LINKS = [
  ['', 'Start'],
  ['new', 'New reservation'],
  ['plan', 'Plan'],
  ['reservations', 'Reservations'],
  ['instances', 'Instances'],
  ['services', 'Services'],
  ['projects', 'Projects'],
  ['account', 'Account'],
] as const;

const OPERATOR_LINKS = [
  ['nodes', 'Nodes'],
  ['calendar', 'Calendar'],
  ['users', 'Users'],
  ['events', 'Events'],
  ['audit', 'Audit log'],
  ['utilisation', 'Utilisation'],
  ['what-if', 'What if'],
] as const;

export function Frame({ connected, children }: { connected: boolean; children: ComponentChildren }) {
  const { account, logOut } = usePortal();
  const { parts } = useRoute();
  const { busy, run } = useAction();
  const [open, setOpen] = useState(false);
  const here = parts[0] === 'keys' ? 'account' : (parts[0] ?? '');
  // Going to another page closes the menu.
  useEffect(() => setOpen(false), [parts.join('/')]);

  const link = ([path, label]: readonly [string, string]) => (
    <li key={path}>
      <a href={`#/${path}`} aria-current={path === here ? 'page' : undefined}>
        {label}
      </a>
    </li>
  );
  return (
    <>
      <button type="button" class="skip-link" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header class="site-head">
        <div class="site-bar">
          <a class="brand" href="#/">
            <img src="/favicon.svg" width="28" height="28" alt="" />
            OpenPEX
          </a>
          <button
            type="button"
            class="menu-button"
            aria-expanded={open}
            aria-controls="menu"
            onClick={() => setOpen(!open)}
          >
            Menu
          </button>
          <div id="menu" class={open ? 'menu open' : 'menu'}>
            <nav aria-label="Main">
              <ul>{USER_LINKS.map(link)}</ul>
            </nav>
            {account.role === 'operator' && (
              <nav aria-label="Operator" class="operator-nav">
                <span class="nav-title">Operator</span>
                <ul>{OPERATOR_LINKS.map(link)}</ul>
              </nav>
            )}
            <div class="who">
              <span class="muted">{account.username}</span>
              <button type="button" disabled={busy} onClick={() => run(logOut, 'You are logged out.')}>
                Log out
              </button>
            </div>
          </div>
        </div>
      </header>
      <OutageBanner connected={connected} />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer class="site-foot">
        <ServiceTime />
      </footer>
    </>
  );
}

function ServiceTime() {
  const { clock, service } = usePortal();
  const now = useNow();
  const pace = clock.speed === 1 ? '' : ` It runs ${clock.speed} times as fast as your watch.`;
  return (
    <p>
      Service time {formatDay(now)}, <span class="figures">{formatClockSeconds(now)}</span>.{pace} All times
      are in {formatZone(now)}. OpenPEX {service.version}
      {service.simulated ? ', simulated cluster' : ''}.
    </p>
  );
}
