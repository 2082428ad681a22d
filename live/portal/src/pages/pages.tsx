// Which page an address shows.
import type { VNode } from 'preact';
import { usePortal } from '../live/context.ts';
import { useRoute } from '../router.ts';
import { AccountPage } from './account-page.tsx';
import { AuditPage } from './audit-page.tsx';
import { CalendarPage } from './calendar-page.tsx';
import { EventsPage } from './events-page.tsx';
import { InstancesPage } from './instances-page.tsx';
import { KeysPage } from './keys-page.tsx';
import { NewReservationPage } from './new-reservation-page.tsx';
import { NodesPage } from './nodes-page.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { PlanPage } from './plan-page.tsx';
import { ProjectsPage } from './projects-page.tsx';
import { ReservationPage } from './reservation-page.tsx';
import { ReservationsPage } from './reservations-page.tsx';
import { ServicesPage } from './services-page.tsx';
import { UsersPage } from './users-page.tsx';
import { UtilisationPage } from './utilisation-page.tsx';
import { WelcomePage } from './welcome-page.tsx';
import { WhatIfPage } from './what-if-page.tsx';

const OPERATOR_PAGES: Readonly<Record<string, (query: URLSearchParams) => VNode>> = {
  nodes: (query) => <NodesPage query={query} />,
  calendar: () => <CalendarPage />,
  users: () => <UsersPage />,
  events: () => <EventsPage />,
  audit: (query) => <AuditPage query={query} />,
  utilisation: () => <UtilisationPage />,
  'what-if': (query) => <WhatIfPage key={query.get('drain')} drain={query.get('drain') ?? ''} />,
};

export function Pages() {
  const { account } = usePortal();
  const { parts, query } = useRoute();
  const [first, second] = parts;
  switch (first) {
    case undefined:
    // Those who have just logged in are welcomed.
    case 'login':
    case 'register':
      return <WelcomePage />;
    case 'new':
      return <NewReservationPage key={query.toString()} query={query} />;
    case 'reservations':
      return second === undefined ? <ReservationsPage /> : <ReservationPage key={second} id={second} />;
    case 'plan':
      return <PlanPage />;
    case 'instances':
      return <InstancesPage />;
    case 'services':
      return <ServicesPage />;
    case 'projects':
      return <ProjectsPage />;
    case 'account':
      return <AccountPage />;
    case 'keys':
      return <KeysPage />;
  }
  const page = account.role === 'operator' ? OPERATOR_PAGES[first] : undefined;
  return page === undefined ? <NotFoundPage /> : page(query);
}
