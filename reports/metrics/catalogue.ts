// Every metric of a report, in the order in which their keys stand in summary.json. One file and one line each; docs/reports.md shows
// how to add one.
import { acceptance } from './acceptance.ts';
import { auctions } from './auctions.ts';
import { cluster } from './cluster.ts';
import { delivery } from './delivery.ts';
import { demand } from './demand.ts';
import { displacement } from './displacement.ts';
import { energy } from './energy.ts';
import { exchange } from './exchange.ts';
import { fulfilment } from './fulfilment.ts';
import { images } from './images.ts';
import { leaseKinds } from './lease-kinds.ts';
import { ledger } from './ledger.ts';
import { load } from './load.ts';
import { market } from './market.ts';
import { namedResources } from './named-resources.ts';
import { negotiation } from './negotiation.ts';
import { timeline } from './node-timeline.ts';
import { outsourcing } from './outsourcing.ts';
import { overbooking } from './overbooking.ts';
import { queue } from './queue.ts';
import { recovery } from './recovery.ts';
import { replicas } from './replicas.ts';
import { revenue } from './revenue.ts';
import { sites } from './sites.ts';
import { users } from './users.ts';
import { utilisation } from './utilisation.ts';
import { waitlist } from './waitlist.ts';

export const METRICS = [
  cluster,
  negotiation,
  acceptance,
  demand,
  displacement,
  queue,
  images,
  leaseKinds,
  waitlist,
  auctions,
  fulfilment,
  overbooking,
  users,
  utilisation,
  namedResources,
  sites,
  load,
  revenue,
  market,
  outsourcing,
  exchange,
  ledger,
  delivery,
  recovery,
  replicas,
  energy,
  timeline,
] as const;
