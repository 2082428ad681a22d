// Every section of a report, in the order of the page. One file and one line each; docs/reports.md shows how to add one.
import { acceptanceSection } from './acceptance.ts';
import { courseSection } from './course.ts';
import { definitionsSection } from './definitions.ts';
import { deliverySection } from './delivery.ts';
import { exchangeSection } from './exchange.ts';
import { marketSection } from './market.ts';
import { negotiationSection } from './negotiation.ts';
import { nodesSection } from './nodes.ts';
import { outsourcingSection } from './outsourcing.ts';
import { providersSection } from './providers.ts';
import { repeatSection } from './repeat.ts';
import type { Section } from './section.ts';
import { sitesSection } from './sites.ts';
import { usersSection } from './users.ts';
import { utilisationSection } from './utilisation.ts';

export const SECTIONS: readonly Section[] = [
  providersSection,
  negotiationSection,
  acceptanceSection,
  marketSection,
  outsourcingSection,
  exchangeSection,
  utilisationSection,
  sitesSection,
  courseSection,
  nodesSection,
  deliverySection,
  usersSection,
  definitionsSection,
  repeatSection,
];
