// Made from docs/openapi.json by test/live/client/operations.test.ts: the types of what goes over the REST API, and its operations.

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  /** The request, as the log of the service names it */
  instance: string;
  [name: string]: unknown;
};

export type Proposal = {
  duration: number;
  id: string;
  numInstancesFixed: number;
  numInstancesOption: number;
  /** RFC 1123 in GMT, whole seconds */
  startTime: string;
  template: string;
  type: string;
  userid: number;
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number;
  /** Millionths of a credit */
  maxPriceMicros?: number;
  /** RFC 1123 in GMT, whole seconds */
  earliestStartTime?: string;
  /** As it was asked; absent: advance */
  kind?: string;
  /** RFC 1123 in GMT, whole seconds */
  deadline?: string;
  /** RFC 1123 in GMT, whole seconds */
  latestStartTime?: string;
  minDuration?: number;
  minInstances?: number;
  startsItself?: boolean;
  startSlides?: boolean;
  /** RFC 1123 in GMT, whole seconds */
  waitUntil?: string;
  waitInstead?: boolean;
  requirements?: string;
  rank?: string;
  otherwise?: ({
    /** RFC 1123 in GMT, whole seconds */
    startTime?: string;
    duration?: number;
    numInstancesFixed?: number;
    type?: string;
    /** Millionths of a credit */
    maxPriceMicros?: number;
  })[];
  sites?: string[];
  /** Of these, the one that all instances are to be on */
  site?: string;
};

export type Alternative = {
  proposal: Proposal;
  /** Millionths of a credit */
  priceMicros: number;
};

export type Bottleneck = {
  by: 'capacity' | 'claim-risk' | 'price';
  /** Of which too little is free: cpus, memoryMib, diskGib, or one that the provider names */
  resource?: string;
  /** Counted for each node, or for all together */
  scope?: 'node' | 'pool';
  /** Guaranteed instances that have no room */
  shortfall?: number;
  /** On so many nodes there would be room for more if there were more of it */
  nodes?: number;
  /** The first of them */
  nodeIds?: string[];
  /** RFC 1123 in GMT, whole seconds */
  from?: string;
  /** Service time, in milliseconds since 1970 */
  fromMs?: number;
  /** RFC 1123 in GMT, whole seconds */
  until?: string;
  /** Service time, in milliseconds since 1970 */
  untilMs?: number;
  /** Millionths of a credit */
  priceMicros?: number;
  /** Millionths of a credit */
  maxPriceMicros?: number;
};

export type NegotiationReply = {
  proposal: Proposal | null;
  reply: 'ACCEPT' | 'COUNTER' | 'WAITLISTED' | 'REJECT' | 'CONFIRM_REQUEST' | 'REQUEST_SUCCESS' | 'REQUEST_FAILED';
  /** Millionths of a credit */
  priceMicros?: number;
  /** Of a change: what it costs, or gives back when it is negative */
  differenceMicros?: number;
  /** Of an offer: paid for it while it is held. It counts towards the price; `settings.pledge` of the service says of which offers it is kept */
  pledgeMicros?: number;
  /** RFC 1123 in GMT, whole seconds */
  holdUntil?: string;
  /** Service time, in milliseconds since 1970 */
  holdUntilMs?: number;
  /** RFC 1123 in GMT, whole seconds */
  waitsUntil?: string;
  /** Service time, in milliseconds since 1970 */
  waitsUntilMs?: number;
  /** Why REJECT, or WAITLISTED; with COUNTER: node-outage where there would be room if no node were out */
  reason?: string;
  /** The reason in words, where it needs some */
  detail?: string;
  /** With COUNTER: what else there is, the best first. Nothing is held for it; COUNTER with its proposal asks for it */
  alternatives?: Alternative[];
  /** With COUNTER: further windows that are held with the proposal, each a reservation of its own, whose id its proposal has, at its own price. ACCEPT, CONFIRM, REJECT and COUNTER of the offer are for all of them */
  parts?: Alternative[];
  bottleneck?: Bottleneck;
  /** Of a quote: the request would be refused all the same, for the limits or the balance of whose it would be (docs/errors.md) */
  refusal?: {
    code: string;
    detail: string;
    /** What the limits leave of it: so many instances for as long, or, in milliseconds, as many for so long; what is absent, they do not */
    within?: {
      numInstancesFixed?: number;
      duration?: number;
    };
  };
};

export type PartnerQuote = {
  /** As the operator of this service calls it */
  name: string;
  /** Where it can be asked for */
  url: string;
  quote?: NegotiationReply;
  /** Why there is no quote of it */
  trouble?: string;
};

export type Reservation = {
  activatedInstances: number;
  /** RFC 1123 in GMT, whole seconds */
  endTime: string | null;
  numInstancesFixed: number | null;
  numInstancesOption: number | null;
  requestId: string;
  /** RFC 1123 in GMT, whole seconds */
  startTime: string | null;
  status: 'INITIATED' | 'WAITLISTED' | 'ACCEPTED' | 'COUNTERED' | 'CONFIRMED' | 'ACTIVATED' | 'EXPIRED' | 'REJECTED' | 'CANCELLED' | 'FAILED';
  template: string | null;
  type: string | null;
  userid: number;
  /** The same as requestId */
  id: string;
  duration: number | null;
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number | null;
  /** Service time, in milliseconds since 1970 */
  endTimeMs: number | null;
  username: string;
  /** What its user calls it: a line of text */
  name: string | null;
  /** What its user notes about it */
  note: string | null;
  /** Millionths of a credit */
  priceMicros: number;
  /** Of the price, paid for the offer while it is held; absent: nothing */
  pledgedMicros?: number;
  /** The reservation for which it was offered, as a further window, and with which it was answered; absent: it was asked for itself */
  partOf?: string;
  /** Millionths of a credit */
  maxPriceMicros: number | null;
  /** RFC 1123 in GMT, whole seconds */
  earliestStartTime: string | null;
  /** Of the lease */
  kind: string | null;
  /** What its user takes as well; null: nothing else */
  leeway: {
    /** RFC 1123 in GMT, whole seconds */
    deadline?: string;
    /** Service time, in milliseconds since 1970 */
    deadlineMs?: number;
    /** RFC 1123 in GMT, whole seconds */
    latestStartTime?: string;
    /** Service time, in milliseconds since 1970 */
    latestStartTimeMs?: number;
    minDuration?: number;
    minInstances?: number;
  } | null;
  /** Its VMs start when its window opens, activated or not */
  startsItself: boolean;
  /** Confirmed after its start, it begins then */
  startSlides: boolean;
  /** Which nodes its user would have; null: any */
  requirements: string | null;
  /** What its user has nodes ranked by; null: as the service does */
  rank: string | null;
  /** RFC 1123 in GMT, whole seconds */
  holdUntil: string | null;
  /** Service time, in milliseconds since 1970 */
  holdUntilMs: number | null;
  /** The offer that waits for an answer */
  lastReply: 'ACCEPT' | 'COUNTER' | null;
  round: number;
  /** Other terms that are on offer and wait for an answer; null: none are */
  change: {
    reply: 'ACCEPT' | 'COUNTER';
    /** RFC 1123 in GMT, whole seconds */
    startTime: string;
    /** Service time, in milliseconds since 1970 */
    startTimeMs: number;
    duration: number;
    numInstancesFixed: number;
    /** Millionths of a credit */
    priceMicros: number;
    /** What it costs, or gives back when it is negative */
    differenceMicros: number;
    /** RFC 1123 in GMT, whole seconds */
    holdUntil: string;
    /** Service time, in milliseconds since 1970 */
    holdUntilMs: number;
  } | null;
  windowOpen: boolean;
  optionsClaimed: number;
  nodes: string[];
  /** Those of which its user would have one, the most wanted first; absent: any nodes */
  sites?: string[];
  /** Of the sites that were asked for, the one that all instances are on; absent: none was */
  site?: string;
  /** Another service, which holds or delivers it for this one; null: none does */
  partner: string | null;
  /** While it waits for its turn; the start is that of the present plan, and may come sooner or later */
  queue: {
    /** From 1, for the next */
    position: number;
    /** RFC 1123 in GMT, whole seconds */
    expectedStartTime: string | null;
    /** Service time, in milliseconds since 1970 */
    expectedStartTimeMs: number | null;
    /** An interval that the start is to be in as often as the provider is set to (`manager.startForecast`), by how long leases before it have run of what they asked for, and the likeliest start in it; null: nothing is forecast */
    likelyStart: {
      /** RFC 1123 in GMT, whole seconds */
      from: string;
      /** Service time, in milliseconds since 1970 */
      fromMs: number;
      /** RFC 1123 in GMT, whole seconds */
      likely: string;
      /** Service time, in milliseconds since 1970 */
      likelyMs: number;
      /** RFC 1123 in GMT, whole seconds */
      until: string;
      /** Service time, in milliseconds since 1970 */
      untilMs: number;
    } | null;
  } | null;
  /** While it waits for room; `until` it is given up */
  waitlist: {
    /** From 1, for whoever is to have the next turn */
    position: number;
    /** RFC 1123 in GMT, whole seconds */
    since: string;
    /** Service time, in milliseconds since 1970 */
    sinceMs: number;
    /** RFC 1123 in GMT, whole seconds */
    until: string;
    /** Service time, in milliseconds since 1970 */
    untilMs: number;
    /** How likely the turn comes, and an interval that it is to be in, if it comes, as often as the provider is set to (`manager.startForecast`), by what became of those that waited before; null: nothing is forecast, or too few have waited yet */
    likelyTurn: {
      /** That the turn comes before the request is given up */
      chance: number;
      /** RFC 1123 in GMT, whole seconds */
      from: string;
      /** Service time, in milliseconds since 1970 */
      fromMs: number;
      /** RFC 1123 in GMT, whole seconds */
      until: string;
      /** Service time, in milliseconds since 1970 */
      untilMs: number;
    } | null;
  } | null;
  /** Its image, where images are sent to the nodes (`manager.images`), until it begins: `from` the last of it is sent, at the latest, and it is there `until` then. Absent: nothing is sent for it */
  image?: {
    /** waiting: it is to be sent to some of its nodes; sending: it is on its way to the last of them; there: it is on all */
    state: 'waiting' | 'sending' | 'there';
    /** Where it is not yet */
    missingNodes: string[];
    /** RFC 1123 in GMT, whole seconds */
    from: string | null;
    /** Service time, in milliseconds since 1970 */
    fromMs: number | null;
    /** RFC 1123 in GMT, whole seconds */
    until: string | null;
    /** Service time, in milliseconds since 1970 */
    untilMs: number | null;
  };
  /** Of one instance */
  cpus: number | null;
  memoryMib: number | null;
  diskGib: number | null;
  /** How much of each resource that the provider names beside CPU, memory and disk */
  resources?: Record<string, number>;
  /** RFC 1123 in GMT, whole seconds */
  createdTime: string;
  /** Service time, in milliseconds since 1970 */
  createdTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  confirmedTime: string | null;
  /** RFC 1123 in GMT, whole seconds */
  activatedTime: string | null;
  /** RFC 1123 in GMT, whole seconds */
  endedTime: string | null;
  endReason: string | null;
  /** What became of it, as reports say it, whatever its status is called; null while it goes on */
  outcome: 'fulfilled' | 'no-show' | 'cancelled' | 'failed' | 'rejected' | 'declined' | 'expired' | 'withdrawn' | 'capacity-lost' | null;
  noShow: boolean;
  /** Millionths of a credit */
  refundMicros: number;
  /** Millionths of a credit */
  penaltyMicros: number;
};

export type Offer = {
  round: number;
  /** RFC 1123 in GMT, whole seconds */
  time: string;
  /** Service time, in milliseconds since 1970 */
  timeMs: number;
  from: 'user' | 'provider';
  message: string;
  proposal: Proposal | null;
  /** Millionths of a credit */
  priceMicros: number | null;
  /** RFC 1123 in GMT, whole seconds */
  holdUntil: string | null;
  /** Service time, in milliseconds since 1970 */
  holdUntilMs: number | null;
  reason: string | null;
  /** Millionths of a credit */
  pledgeMicros?: number;
  alternatives?: Alternative[];
  parts?: Alternative[];
  bottleneck?: Bottleneck;
};

export type SeriesOccurrence = {
  /** RFC 1123 in GMT, whole seconds */
  startTime: string;
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number;
  answer: NegotiationReply;
  /** Its id, where it is booked; null: it is not */
  reservation: string | null;
};

export type Series = {
  /** How many of them are */
  booked: number;
  /** Of those that are booked, together; millionths of a credit */
  priceMicros: number;
  /** In the order of their times */
  occurrences: SeriesOccurrence[];
};

export type Instance = {
  /** RFC 1123 in GMT, whole seconds */
  end_time: string;
  ipAddress: string | null;
  name: string;
  /** RFC 1123 in GMT, whole seconds */
  start_time: string;
  status: 'NOT_PROVISIONED' | 'HALTED' | 'RUNNING' | 'PAUSED' | 'SUSPENDED' | 'UNDER_MIGRATION' | 'DELETED' | 'UNRECOGNIZED';
  userID: number;
  vmID: string;
  /** Never known to the service */
  vmPassword: null;
  /** The same as vmID */
  id: string;
  reservationId: string;
  /** What its user calls the reservation */
  reservationName: string | null;
  number: number;
  node: string;
  type: string;
  cpus: number;
  memoryMib: number;
  diskGib: number;
  /** How much of each resource that the provider names beside CPU, memory and disk */
  resources?: Record<string, number>;
  template: string;
  /** Where its console is shown while it is up; null: the service has no gateway for that */
  console: string | null;
  loadPermille: number;
  /** What it is being led to */
  wanted: 'running' | 'halted' | 'paused' | 'suspended' | 'deleted';
  trouble: {
    operation: string;
    /** waits: it is tried again; refused, failed: it was given up, and the VM goes on as it was */
    kind: 'waits' | 'refused' | 'failed';
    reason: 'no-guest-tools' | 'device-attached' | 'no-suspend-storage' | 'cpu-mismatch' | 'storage-not-there' | 'network-not-there' | 'operation-blocked' | 'not-supported' | 'is-template' | 'paused' | 'identity-unclear' | 'disk-in-use' | 'other-operation' | 'node-not-ready' | 'memory-short' | 'image-out-of-reach' | 'cancelled-outside' | 'failed' | 'unknown';
    /** Service time, in milliseconds since 1970 */
    sinceTimeMs: number;
  } | null;
  /** Its time is over and its guest had shut down by itself: until when its disk is kept */
  diskUntilTimeMs: number | null;
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number;
  /** Service time, in milliseconds since 1970 */
  endTimeMs: number;
  username: string;
  /** What can be done to it now, and why the rest cannot */
  commands: ({
    command: 'start' | 'stop' | 'reboot' | 'pause' | 'unpause' | 'suspend' | 'resume' | 'delete';
    allowed: boolean;
    /** Why it is not allowed; parked: its node is lost or drained and no other has room, it goes on by itself as soon as one has */
    reason?: 'unknown-instance' | 'ended' | 'illegal-in-state' | 'parked' | 'no-node';
  })[];
};

export type Account = {
  userid: number;
  username: string;
  fullName: string;
  email: string;
  role: 'user' | 'operator';
  disabled: boolean;
  /** Millionths of a credit */
  balanceMicros: number;
  quota: {
    /** At one instant, offers included */
    reservations: number;
    /** At one instant, guaranteed and claimed */
    vcpus: number;
    /** Of offers that are not confirmed */
    heldCpuHours: number;
    /** In any period of the length, be it the past, offers included */
    rolling: ({
      /** cpu, or a resource that the provider names */
      of: string;
      /** Length of the period */
      periodMs: number;
      /** So many for so many hours */
      hours: number;
    })[];
  };
  usage?: {
    /** At one instant, offers included */
    reservations: number;
    /** At one instant, guaranteed and claimed */
    vcpus: number;
    /** Of offers that are not confirmed */
    heldCpuHours: number;
    /** In any period of the length, be it the past, offers included */
    rolling: ({
      /** cpu, or a resource that the provider names */
      of: string;
      /** Length of the period */
      periodMs: number;
      /** So many for so many hours */
      hours: number;
    })[];
  };
  /** RFC 1123 in GMT, whole seconds */
  createdTime: string;
};

export type LedgerEntry = {
  entryId: number;
  /** RFC 1123 in GMT, whole seconds */
  time: string;
  /** Service time, in milliseconds since 1970 */
  timeMs: number;
  kind: 'deposit' | 'charge' | 'refund' | 'penalty' | 'transfer' | 'carried-forward';
  /** As the balance changes */
  amountMicros: number;
  reservationId: string | null;
  note: string;
};

export type Session = {
  account: Account;
  /** For the header X-OpenPEX-CSRF of requests that change something */
  csrfToken: string;
};

export type Project = {
  /** As in reservations: a project is an account */
  userid: number;
  name: string;
  title: string;
  /** Of who asks; null: an operator who is no member */
  role: 'member' | 'manager' | null;
  disabled: boolean;
  /** Millionths of a credit */
  balanceMicros: number;
  quota: {
    /** At one instant, offers included */
    reservations: number;
    /** At one instant, guaranteed and claimed */
    vcpus: number;
    /** Of offers that are not confirmed */
    heldCpuHours: number;
    /** In any period of the length, be it the past, offers included */
    rolling: ({
      /** cpu, or a resource that the provider names */
      of: string;
      /** Length of the period */
      periodMs: number;
      /** So many for so many hours */
      hours: number;
    })[];
  };
  usage?: {
    /** At one instant, offers included */
    reservations: number;
    /** At one instant, guaranteed and claimed */
    vcpus: number;
    /** Of offers that are not confirmed */
    heldCpuHours: number;
    /** In any period of the length, be it the past, offers included */
    rolling: ({
      /** cpu, or a resource that the provider names */
      of: string;
      /** Length of the period */
      periodMs: number;
      /** So many for so many hours */
      hours: number;
    })[];
  };
  members?: ({
    userid: number;
    username: string;
    role: 'member' | 'manager';
  })[];
  /** RFC 1123 in GMT, whole seconds */
  createdTime: string;
};

export type ManagedService = {
  id: string;
  name: string;
  /** Of the account that pays */
  userid: number;
  status: 'SUBMITTED' | 'RUNNING' | 'ENDED';
  /** As it was submitted */
  manifest: string;
  /** RFC 1123 in GMT, whole seconds */
  submittedTime: string;
  /** Service time, in milliseconds since 1970 */
  submittedTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  holdUntil: string;
  /** Until then it may be confirmed */
  holdUntilMs: number;
  /** RFC 1123 in GMT, whole seconds */
  confirmedTime: string | null;
  /** Service time, in milliseconds since 1970 */
  confirmedTimeMs: number | null;
  /** RFC 1123 in GMT, whole seconds */
  endedTime: string | null;
  /** Service time, in milliseconds since 1970 */
  endedTimeMs: number | null;
  /** null: it has not ended */
  endReason: 'declined' | 'hold-expired' | 'ended-by-user' | 'account-deleted' | null;
  /** RFC 1123 in GMT, whole seconds */
  nextLookTime: string | null;
  /** When its rules are followed next; null: not any more, or not yet */
  nextLookTimeMs: number | null;
  /** Of what is on offer, or is booked and has not ended */
  priceMicros: number;
  components: ({
    name: string;
    min: number;
    max: number;
    /** Instances that the rules came to when they were followed last */
    wanted: number;
    /** Instances that there are now */
    booked: number;
    /** Of these, VMs that run */
    running: number;
  })[];
  metrics: ({
    /** As rules name it */
    name: string;
    /** When the rules were followed last */
    value: number;
    /** What a probe said last; null: none did */
    probed: number | null;
    /** RFC 1123 in GMT, whole seconds */
    probedTime: string | null;
    /** Service time, in milliseconds since 1970 */
    probedTimeMs: number | null;
  })[];
  /** What the rules came to when they were followed last */
  figures: ({
    name: string;
    value: number;
  })[];
  /** What the rules did, the newest first; with one service only */
  leases?: ({
    /** SERVICE-COMPONENT-instance-lease */
    id: string;
    component: string;
    state: 'WANTED' | 'HELD' | 'BOOKED' | 'REFUSED' | 'RELEASING' | 'RELEASED' | 'LOST';
    /** RFC 1123 in GMT, whole seconds */
    since: string;
    /** Service time, in milliseconds since 1970 */
    sinceMs: number;
    /** Why it is refused or lost, or was not given back; null: there is nothing to say */
    reason: string | null;
    /** RFC 1123 in GMT, whole seconds */
    askedTime: string;
    /** Service time, in milliseconds since 1970 */
    askedTimeMs: number;
    /** RFC 1123 in GMT, whole seconds */
    startTime: string;
    /** Service time, in milliseconds since 1970 */
    startTimeMs: number;
    /** RFC 1123 in GMT, whole seconds */
    endTime: string;
    /** Service time, in milliseconds since 1970 */
    endTimeMs: number;
    /** Its id; null: there is none */
    reservation: string | null;
    /** Millionths of a credit */
    priceMicros: number | null;
  })[];
};

export type Token = {
  id: string;
  name: string;
  scope: 'calendar' | 'probe' | 'read' | 'use' | 'operate';
  /** RFC 1123 in GMT, whole seconds */
  createdTime: string;
  /** Real time, in milliseconds since 1970 */
  createdTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  expiresTime: string | null;
  /** Real time, in milliseconds since 1970 */
  expiresTimeMs: number | null;
  /** RFC 1123 in GMT, whole seconds */
  usedTime: string | null;
  /** Real time, in milliseconds since 1970 */
  usedTimeMs: number | null;
};

export type NewToken = {
  id: string;
  name: string;
  scope: 'calendar' | 'probe' | 'read' | 'use' | 'operate';
  /** RFC 1123 in GMT, whole seconds */
  createdTime: string;
  /** Real time, in milliseconds since 1970 */
  createdTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  expiresTime: string | null;
  /** Real time, in milliseconds since 1970 */
  expiresTimeMs: number | null;
  /** RFC 1123 in GMT, whole seconds */
  usedTime: string | null;
  /** Real time, in milliseconds since 1970 */
  usedTimeMs: number | null;
  /** The token itself, which cannot be shown again */
  token: string;
};

export type AccessKey = {
  accessKeyId: string;
  /** RFC 1123 in GMT, whole seconds */
  createdTime: string;
  /** Real time, in milliseconds since 1970 */
  createdTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  expiresTime: string | null;
  /** Real time, in milliseconds since 1970 */
  expiresTimeMs: number | null;
  /** RFC 1123 in GMT, whole seconds */
  usedTime: string | null;
  /** Real time, in milliseconds since 1970 */
  usedTimeMs: number | null;
};

export type NewAccessKey = {
  accessKeyId: string;
  /** RFC 1123 in GMT, whole seconds */
  createdTime: string;
  /** Real time, in milliseconds since 1970 */
  createdTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  expiresTime: string | null;
  /** Real time, in milliseconds since 1970 */
  expiresTimeMs: number | null;
  /** RFC 1123 in GMT, whole seconds */
  usedTime: string | null;
  /** Real time, in milliseconds since 1970 */
  usedTimeMs: number | null;
  /** The secret, which is not shown again */
  secretAccessKey: string;
};

export type Notifications = {
  email: {
    /** The service can send e-mail */
    available: boolean;
    address: string;
    kinds: ('waitlist' | 'offer-expiring' | 'started' | 'ending-soon' | 'failed' | 'maintenance')[];
  };
  webhook: {
    /** Users may name none, one that is reached over the Internet, or any */
    allowed: 'off' | 'public' | 'any';
    url: string | null;
    kinds: ('waitlist' | 'offer-expiring' | 'started' | 'ending-soon' | 'failed' | 'maintenance')[];
    /** What deliveries are signed with; shown once, in the answer that made it */
    secret?: string;
    /** Why the last delivery failed; null: it did not */
    trouble: string | null;
  };
};

export type Outage = {
  id: string;
  node: string;
  cause: 'lost' | 'drained' | 'maintenance';
  /** RFC 1123 in GMT, whole seconds */
  startTime: string;
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  endTime: string | null;
  /** When the node is expected back; null: nobody knows */
  endTimeMs: number | null;
};

export type OutageForecast = {
  node: string;
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number;
  /** When the node is expected back; null: nobody knows */
  endTimeMs: number | null;
  instances: ({
    reservationId: string;
    username: string | null;
    /** What its user calls the reservation */
    reservationName: string | null;
    /** Within its reservation, from 1 */
    instance: number;
    vmID: string | null;
    /** moves: to another node; stands-still: suspended until a node has room; stays: can neither be moved nor suspended; no-room: is to begin meanwhile and has no other place yet; ends: its reservation fails */
    fate: 'moves' | 'stands-still' | 'stays' | 'no-room' | 'ends';
    toNode: string | null;
    /** Service time, in milliseconds since 1970 */
    startTimeMs: number;
    /** Service time, in milliseconds since 1970 */
    endTimeMs: number;
  })[];
  refundMicros: number;
  penaltyMicros: number;
};

export type Node = {
  node: string;
  group: string;
  /** Where it stands; absent: nobody said */
  site?: string;
  up: boolean;
  /** Not drained by an operator, and not in maintenance */
  inService: boolean;
  /** Those that are and those that are planned, by start */
  outages: Outage[];
  /** How often it was lost since it is watched */
  losses: number;
  /** How long it was up since it is watched, in service or not, ms */
  servedMs: number;
  cpus: number;
  memoryMib: number;
  diskGib: number;
  bookedCpus: number;
  bookedMemoryMib: number;
  bookedDiskGib: number;
  /** How much of each resource that the provider names beside CPU, memory and disk */
  resources?: Record<string, number>;
  /** How much of each resource that the provider names beside CPU, memory and disk */
  bookedResources?: Record<string, number>;
  vms: number;
  /** Of a node out of service: instances that cannot leave it, or wait to, and why */
  notEmptied: ({
    vmID: string;
    operation: string;
    reason: 'no-guest-tools' | 'device-attached' | 'no-suspend-storage' | 'cpu-mismatch' | 'storage-not-there' | 'network-not-there' | 'operation-blocked' | 'not-supported' | 'is-template' | 'paused' | 'identity-unclear' | 'disk-in-use' | 'other-operation' | 'node-not-ready' | 'memory-short' | 'image-out-of-reach' | 'cancelled-outside' | 'failed' | 'unknown';
  })[];
  busyPermille: number;
};

export type ImageTransfer = {
  /** Whose image it is */
  template: string;
  nodes: string[];
  isBeingSent: boolean;
  /** RFC 1123 in GMT, whole seconds */
  from: string;
  /** When it began, or begins at the latest */
  fromMs: number;
  /** RFC 1123 in GMT, whole seconds */
  until: string;
  /** Service time, in milliseconds since 1970 */
  untilMs: number;
  /** Those that begin with it */
  reservationIds: string[];
};

export type Images = {
  /** Images are sent to the nodes; false: they are there */
  areSent: boolean;
  /** Nodes that keep images for whoever needs them next */
  kept: ({
    node: string;
    /** What was used last is last; the first makes room first, unless a lease is to begin with it */
    images: ({
      template: string;
      sizeMib: number;
    })[];
  })[];
  /** What is sent over the link of the repository, in the order of its turn */
  transfers: ImageTransfer[];
};

export type CalendarEntry = {
  node: string;
  reservationId: string;
  username: string | null;
  /** What its user calls the reservation */
  reservationName: string | null;
  kind: 'hold' | 'reservation';
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number;
  /** Service time, in milliseconds since 1970 */
  endTimeMs: number;
  cpus: number;
  memoryMib: number;
  /** How much of each resource that the provider names beside CPU, memory and disk */
  resources?: Record<string, number>;
};

export type JournalEntry = {
  seq: number;
  /** RFC 1123 in GMT, whole seconds */
  time: string;
  /** Service time, in milliseconds since 1970 */
  timeMs: number;
  userid: number | null;
  event: {
    type: string;
    atMs: number;
    [name: string]: unknown;
  };
};

export type HistoryEntry = {
  seq: number;
  /** RFC 1123 in GMT, whole seconds */
  time: string;
  /** Service time, in milliseconds since 1970 */
  timeMs: number;
  userid: number | null;
  event: {
    type: string;
    atMs: number;
    [name: string]: unknown;
  };
  /** What its user calls the reservation */
  reservationName: string | null;
};

export type Load = {
  /** From when on it is known; what was before is in an archive, if it was */
  keptFromTimeMs: number;
  /** In order, of equal length but for the last */
  steps: ({
    /** Service time, in milliseconds since 1970 */
    startTimeMs: number;
    /** Service time, in milliseconds since 1970 */
    endTimeMs: number;
    /** Of nodes that were not lost or gone */
    cpus: number;
    /** Of reservations whose window was open */
    reservedCpus: number;
    /** Of VMs that were up */
    allocatedCpus: number;
    /** That guests kept busy, as far as the hypervisor says */
    busyCpus: number;
    memoryMib: number;
    reservedMemoryMib: number;
    allocatedMemoryMib: number;
  })[];
};

export type Archive = {
  /** On the machine of the service */
  file: string;
  bytes: number;
  sha256: string;
  /** RFC 1123 in GMT, whole seconds */
  startTime: string;
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  endTime: string;
  /** Service time, in milliseconds since 1970 */
  endTimeMs: number;
  /** The number of the last event in it */
  lastSeq: number;
  /** How many of each table */
  rows: Record<string, number>;
  /** false: what is in it is about to leave the database */
  dropped: boolean;
};

export type AuditEntry = {
  entryId: number;
  /** RFC 1123 in GMT, whole seconds */
  time: string;
  /** Real time, in milliseconds since 1970 */
  timeMs: number;
  /** Who did it; null: nobody was let in */
  userid: number | null;
  /** As the request said */
  username: string | null;
  /** The user or project in whose name */
  forUserid: number | null;
  /** Their name, as it is now */
  forUsername: string | null;
  cameBy: 'password' | 'session' | 'token' | 'access-key' | 'nothing';
  address: string;
  action: string;
  target: string;
  status: number;
  /** Of a refusal */
  code: string | null;
  /** Refusals that are alike are counted, a minute at a time */
  times: number;
};

export type Service = {
  version: string;
  /** Milliseconds of service time per real one */
  speed: number;
  /** Service time, in milliseconds since 1970 */
  timeMs: number;
  state: 'starting' | 'running' | 'recovering' | 'stopping';
  settings: {
    holdMs: number;
    maxRounds: number;
    /** Of what is asked or offered */
    shortestDurationMs: number;
    /** null: as long as the booking horizon allows */
    longestDurationMs: number | null;
    bookingHorizonMs: number;
    autoActivate: boolean;
    /** Absent: offers are held for nothing */
    pledge?: {
      /** Of the price of an offer: paid for it while it is held */
      share: number;
      /** Kept of offers that nobody answered, or also of those that are declined or deleted */
      keptOf: 'expired' | 'unconfirmed';
    };
    /** So many requests may wait for room at a time; 0: none */
    waitlistMax: number;
    /** So long is held what is offered to whoever waited */
    turnMs: number;
    /** What is not activated so long after its start is given back; null: kept to its end */
    noShowGraceMs: number | null;
  };
  /** A request may have requirements and a rank of nodes: the allocation policy reads them */
  readsPreferences: boolean;
  simulated: boolean;
  registration: 'open' | 'closed';
  /** What there is beside CPU, memory and disk */
  resources: ({
    name: string;
    /** A part of one can be had */
    divisible: boolean;
    /** For all nodes together; null: each has its own */
    pool: number | null;
  })[];
  /** On which its nodes stand; a proposal may name some */
  sites: string[];
};

export type InstanceType = {
  name: string;
  cpus: number;
  memoryMib: number;
  diskGib: number;
  /** How much of each resource that the provider names beside CPU, memory and disk */
  resources?: Record<string, number>;
};

export type Template = {
  name: string;
  description: string;
  /** Who logs in to its VMs with a key of the account; absent: keys and user-data do not get into them */
  login?: string;
};

export type LeaseKind = {
  /** As `kind` of a proposal takes it */
  name: string;
  summary: string;
};

export type Availability = {
  type: string;
  /** Service time, in milliseconds since 1970 */
  fromMs: number;
  /** Service time, in milliseconds since 1970 */
  toMs: number;
  steps: ({
    /** Service time, in milliseconds since 1970 */
    fromMs: number;
    /** Instances that fit until the next step */
    count: number;
  })[];
  /** What the limits at each instant (reservations, vcpus) leave for one more reservation, whether or not it fits; for those of a period see ownStarts */
  own: ({
    /** Service time, in milliseconds since 1970 */
    fromMs: number;
    /** Instances that own limits leave until the next step */
    count: number;
  })[];
  /** With `duration`: what the limits of a period (rolling) leave for one more reservation of that length, by its start */
  ownStarts?: ({
    /** Service time, in milliseconds since 1970 */
    fromMs: number;
    /** Instances that the limits of a period leave, from whichever instant up to the next step it begins */
    count: number;
  })[];
};

export type Health = {
  status: string;
  state: string;
};

export type WhatIf = {
  /** Service time, in milliseconds since 1970 */
  startTimeMs: number;
  /** Service time, in milliseconds since 1970 */
  endTimeMs: number;
  /** That come once more */
  requests: number;
  asIs: {
    /** Requests that come once more and are accepted as they were asked for */
    accepted: number;
    /** That get another offer, which they decline */
    countered: number;
    /** That get none */
    refused: number;
    /** Instances whose booking changes its node */
    moves: number;
    /** Reservations that fail */
    failed: number;
    /** Millionths of a credit */
    chargedMicros: number;
    /** Millionths of a credit */
    refundMicros: number;
    /** Millionths of a credit */
    penaltyMicros: number;
  };
  changed: {
    /** Requests that come once more and are accepted as they were asked for */
    accepted: number;
    /** That get another offer, which they decline */
    countered: number;
    /** That get none */
    refused: number;
    /** Instances whose booking changes its node */
    moves: number;
    /** Reservations that fail */
    failed: number;
    /** Millionths of a credit */
    chargedMicros: number;
    /** Millionths of a credit */
    refundMicros: number;
    /** Millionths of a credit */
    penaltyMicros: number;
  };
  /** Reservations that there are and that fare otherwise, those that fare worse first */
  bookings: ({
    reservationId: string;
    username: string | null;
    /** What its user calls the reservation */
    reservationName: string | null;
    /** Service time, in milliseconds since 1970 */
    startTimeMs: number;
    /** Service time, in milliseconds since 1970 */
    endTimeMs: number;
    asIs: 'kept' | 'moved' | 'suspended' | 'failed';
    changed: 'kept' | 'moved' | 'suspended' | 'failed';
  })[];
};

export type Partner = {
  name: string;
  /** null: the configuration does not know it any more */
  url: string | null;
  /** What there is no room for is bought of it, to be sold on */
  isBoughtOf: boolean;
  /** Transfer prices of what was confirmed there, less what it gave back and what it owes on top */
  owedMicros: number;
  /** Reservations there of which something is still to come */
  open: number;
};

export type Transfer = {
  /** Of the reservation here */
  reservationId: string;
  partner: string;
  /** Of the reservation there that it stands for */
  partnerReservationId: string;
  /** Millionths of a credit */
  priceMicros: number;
  /** Millionths of a credit */
  refundMicros: number;
  /** Millionths of a credit */
  penaltyMicros: number;
  /** Nothing before it is confirmed */
  owedMicros: number;
  /** RFC 1123 in GMT, whole seconds */
  offeredTime: string;
  /** Service time, in milliseconds since 1970 */
  offeredTimeMs: number;
  /** RFC 1123 in GMT, whole seconds */
  confirmedTime: string | null;
  /** Service time, in milliseconds since 1970 */
  confirmedTimeMs: number | null;
  /** RFC 1123 in GMT, whole seconds */
  settledTime: string | null;
  /** Service time, in milliseconds since 1970 */
  settledTimeMs: number | null;
};

export type CreateReservationBody = {
  /** Milliseconds */
  duration: number;
  /** Guaranteed */
  numInstancesFixed: number;
  /** May be claimed later */
  numInstancesOption?: number;
  /** RFC 1123, or ISO 8601 with a zone; absent: now */
  startTime?: string;
  /** Absent: the first that the service has */
  template?: string;
  /** Name of an instance type */
  type: string;
  /** The most that will be paid for all of it */
  maxPriceMicros?: number;
  /** A counter-offer may start as early as this */
  earliestStartTime?: string;
  /** Kind of the lease; absent: advance */
  kind?: string;
  /** Of the kinds deadline and flexible: it ends no later */
  deadline?: string;
  /** Of the kinds deadline and flexible; absent: any start */
  latestStartTime?: string;
  /** Of the kind flexible: milliseconds; absent: all of the duration */
  minDuration?: number;
  /** Of the kind flexible: of the guaranteed ones; absent: all of them */
  minInstances?: number;
  /** Its VMs start when its window opens, activated or not; absent: as the service is set up */
  startsItself?: boolean;
  /** Confirmed after its start, all of the duration is had from then on, where there is room; absent: if startTime is absent, too */
  startSlides?: boolean;
  /** Where there is no room, wait for some until then at most, on the waitlist */
  waitUntil?: string;
  /** With waitUntil: rather wait than hear a counter-offer */
  waitInstead?: boolean;
  /** Which nodes are taken before all others, and where what is moved may go: an expression over nodes, such as FREE_CPU > 100 & CLUSTER = "blue*"; where the service reads such */
  requirements?: string;
  /** What nodes are ranked by, the highest first, such as -RUNNING_VMS; likewise */
  rank?: string;
  /** What will do as well, the most wanted first, where this cannot be had: what each changes */
  otherwise?: ({
    /** RFC 1123, or ISO 8601 with a zone */
    startTime?: string;
    /** Milliseconds */
    duration?: number;
    numInstancesFixed?: number;
    /** Name of an instance type */
    type?: string;
    /** The most that will be paid for it; absent: as much as for the first choice */
    maxPriceMicros?: number;
  })[];
  /** Sites of which one is to have all instances, the most wanted first; absent: any nodes */
  sites?: string[];
  /** Ignored */
  id?: unknown;
  /** Ignored */
  userid?: unknown;
  /** Ignored */
  startTimeMs?: unknown;
  /** Ignored */
  site?: unknown;
  /** What its user calls it: a line of text */
  name?: string;
  /** What its user notes about it */
  note?: string;
  /** The project that it is for, and that pays */
  project?: string;
};

export type UpdateReservationBody = {
  /** ACCEPT, CONFIRM, REJECT or COUNTER; COUNTER needs a proposal */
  reply: string;
  proposal?: {
    /** Milliseconds */
    duration?: number;
    /** Guaranteed */
    numInstancesFixed?: number;
    /** May be claimed later */
    numInstancesOption?: number;
    /** RFC 1123, or ISO 8601 with a zone; absent: now */
    startTime?: string;
    /** Absent: the first that the service has */
    template?: string;
    /** Name of an instance type */
    type?: string;
    /** The most that will be paid for all of it */
    maxPriceMicros?: number;
    /** A counter-offer may start as early as this */
    earliestStartTime?: string;
    /** Kind of the lease; absent: advance */
    kind?: string;
    /** Of the kinds deadline and flexible: it ends no later */
    deadline?: string;
    /** Of the kinds deadline and flexible; absent: any start */
    latestStartTime?: string;
    /** Of the kind flexible: milliseconds; absent: all of the duration */
    minDuration?: number;
    /** Of the kind flexible: of the guaranteed ones; absent: all of them */
    minInstances?: number;
    /** Its VMs start when its window opens, activated or not; absent: as the service is set up */
    startsItself?: boolean;
    /** Confirmed after its start, all of the duration is had from then on, where there is room; absent: if startTime is absent, too */
    startSlides?: boolean;
    /** Where there is no room, wait for some until then at most, on the waitlist */
    waitUntil?: string;
    /** With waitUntil: rather wait than hear a counter-offer */
    waitInstead?: boolean;
    /** Which nodes are taken before all others, and where what is moved may go: an expression over nodes, such as FREE_CPU > 100 & CLUSTER = "blue*"; where the service reads such */
    requirements?: string;
    /** What nodes are ranked by, the highest first, such as -RUNNING_VMS; likewise */
    rank?: string;
    /** What will do as well, the most wanted first, where this cannot be had: what each changes */
    otherwise?: ({
      /** RFC 1123, or ISO 8601 with a zone */
      startTime?: string;
      /** Milliseconds */
      duration?: number;
      numInstancesFixed?: number;
      /** Name of an instance type */
      type?: string;
      /** The most that will be paid for it; absent: as much as for the first choice */
      maxPriceMicros?: number;
    })[];
    /** Sites of which one is to have all instances, the most wanted first; absent: any nodes */
    sites?: string[];
    /** The reservation's; may be left out */
    id?: string | null;
    /** Ignored */
    userid?: unknown;
    /** Ignored */
    startTimeMs?: unknown;
    /** Ignored */
    site?: unknown;
  } | null;
  /** With REJECT: why, for the record */
  reason?: string | null;
  /** Ignored */
  priceMicros?: unknown;
  /** Ignored */
  pledgeMicros?: unknown;
  /** Ignored */
  holdUntil?: unknown;
  /** Ignored */
  holdUntilMs?: unknown;
};

export type LabelReservationBody = {
  /** What its user calls it: a line of text */
  name?: string | null;
  /** What its user notes about it */
  note?: string | null;
};

export type ChangeReservationBody = {
  /** RFC 1123, or ISO 8601 with a zone; before the window opens only */
  startTime?: string;
  /** Milliseconds from the start on, also when that has passed */
  duration?: number;
  numInstancesFixed?: number;
  /** The most that the whole reservation may then cost */
  maxPriceMicros?: number;
};

export type AnswerChangeBody = {
  reply: 'ACCEPT' | 'CONFIRM' | 'REJECT';
};

export type ClaimOptionsBody = {
  count: number;
};

export type TransferReservationBody = {
  /** The name of a user or a project */
  to: string;
};

export type CreateSeriesBody = {
  /** Milliseconds */
  duration: number;
  /** Guaranteed */
  numInstancesFixed: number;
  /** May be claimed later */
  numInstancesOption?: number;
  /** Of the first: RFC 1123, or ISO 8601 with a zone */
  startTime: string;
  /** Absent: the first that the service has */
  template?: string;
  /** Name of an instance type */
  type: string;
  /** The most that will be paid for all of it */
  maxPriceMicros?: number;
  /** Kind of the lease; absent: advance */
  kind?: string;
  /** Of the kind flexible: milliseconds; absent: all of the duration */
  minDuration?: number;
  /** Of the kind flexible: of the guaranteed ones; absent: all of them */
  minInstances?: number;
  /** Its VMs start when its window opens, activated or not; absent: as the service is set up */
  startsItself?: boolean;
  /** Confirmed after its start, all of the duration is had from then on, where there is room; absent: if startTime is absent, too */
  startSlides?: boolean;
  /** Which nodes are taken before all others, and where what is moved may go: an expression over nodes, such as FREE_CPU > 100 & CLUSTER = "blue*"; where the service reads such */
  requirements?: string;
  /** What nodes are ranked by, the highest first, such as -RUNNING_VMS; likewise */
  rank?: string;
  /** Sites of which one is to have all instances, the most wanted first; absent: any nodes */
  sites?: string[];
  /** 7: every week */
  everyDays: number;
  /** How many; or else until says it */
  times?: number;
  /** None begins then or later; up to 366 */
  until?: string;
  /** Whose time of the clock they keep: Europe/Berlin; absent: UTC */
  zone?: string;
  /** What its user calls it: a line of text */
  name?: string;
  /** What its user notes about it */
  note?: string;
  /** all: every one as asked, or none (the default); fitting: those that are as asked; none: all that is offered is held, to be chosen from */
  take?: 'all' | 'fitting' | 'none';
  /** The project that it is for, and that pays */
  project?: string;
};

export type AnswerSeriesBody = {
  /** Ids of what is booked, as it was offered: all of it or none */
  book: string[];
  /** Ids of what is let go */
  decline?: string[];
};

export type QuoteSeriesBody = {
  /** Milliseconds */
  duration: number;
  /** Guaranteed */
  numInstancesFixed: number;
  /** May be claimed later */
  numInstancesOption?: number;
  /** Of the first: RFC 1123, or ISO 8601 with a zone */
  startTime: string;
  /** Absent: the first that the service has */
  template?: string;
  /** Name of an instance type */
  type: string;
  /** The most that will be paid for all of it */
  maxPriceMicros?: number;
  /** Kind of the lease; absent: advance */
  kind?: string;
  /** Of the kind flexible: milliseconds; absent: all of the duration */
  minDuration?: number;
  /** Of the kind flexible: of the guaranteed ones; absent: all of them */
  minInstances?: number;
  /** Its VMs start when its window opens, activated or not; absent: as the service is set up */
  startsItself?: boolean;
  /** Confirmed after its start, all of the duration is had from then on, where there is room; absent: if startTime is absent, too */
  startSlides?: boolean;
  /** Which nodes are taken before all others, and where what is moved may go: an expression over nodes, such as FREE_CPU > 100 & CLUSTER = "blue*"; where the service reads such */
  requirements?: string;
  /** What nodes are ranked by, the highest first, such as -RUNNING_VMS; likewise */
  rank?: string;
  /** Sites of which one is to have all instances, the most wanted first; absent: any nodes */
  sites?: string[];
  /** 7: every week */
  everyDays: number;
  /** How many; or else until says it */
  times?: number;
  /** None begins then or later; up to 366 */
  until?: string;
  /** Whose time of the clock they keep: Europe/Berlin; absent: UTC */
  zone?: string;
};

export type QuoteBody = {
  /** Milliseconds */
  duration: number;
  /** Guaranteed */
  numInstancesFixed: number;
  /** May be claimed later */
  numInstancesOption?: number;
  /** RFC 1123, or ISO 8601 with a zone; absent: now */
  startTime?: string;
  /** Absent: the first that the service has */
  template?: string;
  /** Name of an instance type */
  type: string;
  /** The most that will be paid for all of it */
  maxPriceMicros?: number;
  /** A counter-offer may start as early as this */
  earliestStartTime?: string;
  /** Kind of the lease; absent: advance */
  kind?: string;
  /** Of the kinds deadline and flexible: it ends no later */
  deadline?: string;
  /** Of the kinds deadline and flexible; absent: any start */
  latestStartTime?: string;
  /** Of the kind flexible: milliseconds; absent: all of the duration */
  minDuration?: number;
  /** Of the kind flexible: of the guaranteed ones; absent: all of them */
  minInstances?: number;
  /** Its VMs start when its window opens, activated or not; absent: as the service is set up */
  startsItself?: boolean;
  /** Confirmed after its start, all of the duration is had from then on, where there is room; absent: if startTime is absent, too */
  startSlides?: boolean;
  /** Where there is no room, wait for some until then at most, on the waitlist */
  waitUntil?: string;
  /** With waitUntil: rather wait than hear a counter-offer */
  waitInstead?: boolean;
  /** Which nodes are taken before all others, and where what is moved may go: an expression over nodes, such as FREE_CPU > 100 & CLUSTER = "blue*"; where the service reads such */
  requirements?: string;
  /** What nodes are ranked by, the highest first, such as -RUNNING_VMS; likewise */
  rank?: string;
  /** What will do as well, the most wanted first, where this cannot be had: what each changes */
  otherwise?: ({
    /** RFC 1123, or ISO 8601 with a zone */
    startTime?: string;
    /** Milliseconds */
    duration?: number;
    numInstancesFixed?: number;
    /** Name of an instance type */
    type?: string;
    /** The most that will be paid for it; absent: as much as for the first choice */
    maxPriceMicros?: number;
  })[];
  /** Sites of which one is to have all instances, the most wanted first; absent: any nodes */
  sites?: string[];
  /** Ignored */
  id?: unknown;
  /** Ignored */
  userid?: unknown;
  /** Ignored */
  startTimeMs?: unknown;
  /** Ignored */
  site?: unknown;
};

export type RegisterBody = {
  /** 3 to 32 letters, digits, dots, hyphens or underscores */
  username: string;
  password: string;
  /** One line of text */
  fullName: string;
  /** An e-mail address, such as ada@example.org */
  email: string;
};

export type UpdateAccountBody = {
  /** One line of text */
  fullName?: string;
  /** An e-mail address, such as ada@example.org */
  email?: string;
};

export type ChangePasswordBody = {
  current: string;
  new: string;
};

export type AdministerAccountBody = {
  role?: 'user' | 'operator';
  disabled?: boolean;
  /** null: the limits of the configuration */
  quota?: {
    reservations?: number;
    vcpus?: number;
    heldCpuHours?: number;
    /** Instead of all those of the configuration; each of a resource and length that it has */
    rolling?: ({
      /** cpu, or a resource that the provider names */
      of: string;
      /** Length of the period */
      periodMs: number;
      hours: number;
    })[];
  } | null;
};

export type ResetPasswordBody = {
  new: string;
};

export type DepositBody = {
  /** Below 0: taken away */
  amountMicros: number;
  /** One line of text */
  note?: string;
};

export type LogInBody = {
  username: string;
  password: string;
};

export type CreateTokenBody = {
  /** What it is for */
  name: string;
  /** calendar: nothing but the calendar feed, in whose address it stands; probe: nothing but tell what is measured of own services; read: look at what the account may see, and ask for quotes; use (default): what users do; operate: what operators do, too */
  scope?: 'calendar' | 'probe' | 'read' | 'use' | 'operate';
  /** Left out: until it is revoked */
  expiresInDays?: number;
};

export type CreateAccessKeyBody = {
  /** Left out: until it is revoked */
  expiresInDays?: number;
};

export type SetSshKeysBody = {
  /** Public keys, as lines of an authorized_keys file */
  sshKeys: string[];
};

export type SetUserDataBody = {
  /** For cloud-init: a script, or #cloud-config */
  userData: string | null;
};

export type ChooseNotificationsBody = {
  email?: ('waitlist' | 'offer-expiring' | 'started' | 'ending-soon' | 'failed' | 'maintenance')[];
  webhook?: {
    /** http or https; null: none. Another one gets a secret of its own */
    url?: string | null;
    kinds?: ('waitlist' | 'offer-expiring' | 'started' | 'ending-soon' | 'failed' | 'maintenance')[];
  };
};

export type CreateProjectBody = {
  /** Like that of a user, and no user has it */
  name: string;
  /** One line of text */
  title: string;
  /** The first member: a user name */
  manager?: string;
};

export type SetMemberBody = {
  /** manager: chooses the members, too */
  role: 'member' | 'manager';
};

export type SubmitManagedServiceBody = {
  /** The manifest, in YAML, as it stands in a file */
  manifest: string;
  /** In the name of a project of yours */
  project?: string;
};

export type AnswerManagedServiceBody = {
  /** CONFIRM: book what is held, and follow the rules from now on; REJECT: let it go */
  reply: 'CONFIRM' | 'REJECT';
};

export type ProbeManagedServiceBody = {
  /** By the names of metrics, as the manifest writes them */
  values: Record<string, number>;
};

export type PlanMaintenanceBody = {
  /** RFC 1123, or ISO 8601 with a zone; absent: now */
  startTime?: string;
  /** Likewise: the node is back then */
  endTime: string;
};

export type WhatIfBody = {
  /** Nodes taken out of service */
  drain?: string[];
  /** When they are: RFC 1123, or ISO 8601 with a zone; absent: now */
  startTime?: string;
  /** When they are back, likewise; absent: nobody knows */
  endTime?: string;
  /** So many more, each like the first one */
  addNodes?: number;
  /** Others than there are, each with its usual options */
  policies?: ({
    kind: string;
    /** The name of a policy */
    name: string;
  })[];
  /** How far ahead, and how far back requests are repeated */
  days?: number;
  /** The requests of as many days back come once more; false: none comes */
  repeat?: boolean;
};

/** What each operation takes and answers, by its name in the OpenAPI document. */
export interface Operations {
  /** Ask for a reservation: the first message of a negotiation */
  readonly createReservation: {
    readonly input: {
      readonly header?: {
        /** Own name of this request: sent again, it gets the first answer again */
        readonly 'idempotency-key'?: string;
      };
      readonly body: CreateReservationBody;
    };
    readonly result: NegotiationReply;
  };
  /** Own reservations, newest first */
  readonly listReservations: {
    readonly input: {
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
        readonly state?: ('INITIATED' | 'WAITLISTED' | 'ACCEPTED' | 'COUNTERED' | 'CONFIRMED' | 'ACTIVATED' | 'EXPIRED' | 'REJECTED' | 'CANCELLED' | 'FAILED')[];
        /** Operators: those of everybody */
        readonly all?: boolean;
        /** Those of a project that one is a member of */
        readonly project?: string;
      };
    };
    readonly result: Reservation[];
  };
  /** One reservation */
  readonly getReservation: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Reservation;
  };
  /** Answer an offer: ACCEPT, CONFIRM, REJECT, or COUNTER with other terms */
  readonly updateReservation: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly body: UpdateReservationBody;
    };
    readonly result: NegotiationReply;
  };
  /** Cancel a reservation that was not activated, or whose window has not opened */
  readonly deleteReservation: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Reservation;
  };
  /** Give it a name, a note, or both, or other ones; null takes them away, and what is left out stays */
  readonly labelReservation: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly body: LabelReservationBody;
    };
    readonly result: Reservation;
  };
  /** Ask for other terms of a confirmed reservation: longer, shorter, at another time, more or fewer */
  readonly changeReservation: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly header?: {
        /** Own name of this request: sent again, it gets the first answer again */
        readonly 'idempotency-key'?: string;
      };
      readonly body: ChangeReservationBody;
    };
    readonly result: NegotiationReply;
  };
  /** Answer the offer of a change: ACCEPT, CONFIRM, or REJECT */
  readonly answerChange: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly body: AnswerChangeBody;
    };
    readonly result: NegotiationReply;
  };
  /** Let the VMs start at the start time, or at once when that has passed */
  readonly activateReservation: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Reservation;
  };
  /** Claim optional instances of an activated reservation whose window is open */
  readonly claimOptions: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly header?: {
        /** Own name of this request: sent again, it gets the first answer again */
        readonly 'idempotency-key'?: string;
      };
      readonly body: ClaimOptionsBody;
    };
    readonly result: {
      /** Optional instances that started */
      granted: number;
      reservation: Reservation;
    };
  };
  /** Give a confirmed reservation to a project, or take it from one */
  readonly transferReservation: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly header?: {
        /** Own name of this request: sent again, it gets the first answer again */
        readonly 'idempotency-key'?: string;
      };
      readonly body: TransferReservationBody;
    };
    readonly result: Reservation;
  };
  /** The messages of its negotiation, in order */
  readonly listOffers: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Offer[];
  };
  /** Its instances, those that are destroyed included */
  readonly listInstancesOfReservation: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
      };
    };
    readonly result: Instance[];
  };
  /** Ask for the same at several times: all of them or none, those that there are, or to choose from */
  readonly createSeries: {
    readonly input: {
      readonly header?: {
        /** Own name of this request: sent again, it gets the first answer again */
        readonly 'idempotency-key'?: string;
      };
      readonly body: CreateSeriesBody;
    };
    readonly result: Series;
  };
  /** Book what is wanted of a series that is held, all of it or none, and let go of the rest */
  readonly answerSeries: {
    readonly input: {
      readonly body: AnswerSeriesBody;
    };
    readonly result: {
      /** How many are booked */
      booked: number;
      /** Of all of them together; millionths of a credit */
      priceMicros: number;
    };
  };
  /** What each time of a series would be answered now, by itself; nothing is held */
  readonly quoteSeries: {
    readonly input: {
      readonly query?: {
        /** Whose limits and balance count: a project that one is a member of */
        readonly project?: string;
      };
      readonly body: QuoteSeriesBody;
    };
    readonly result: Series;
  };
  /** Own instances */
  readonly listInstances: {
    readonly input: {
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
        readonly reservation?: string;
        /** With those that are destroyed */
        readonly deleted?: boolean;
        /** Operators: those of everybody */
        readonly all?: boolean;
        /** Those of a project that one is a member of */
        readonly project?: string;
      };
    };
    readonly result: Instance[];
  };
  /** One instance */
  readonly getInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** Destroy it; its place in the reservation remains */
  readonly deleteInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** Start it; answered with its state at that moment */
  readonly startInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** Stop it; answered with its state at that moment */
  readonly stopInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** Reboot it; answered with its state at that moment */
  readonly rebootInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** Pause it; answered with its state at that moment */
  readonly pauseInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** Unpause it; answered with its state at that moment */
  readonly unpauseInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** Suspend it; answered with its state at that moment */
  readonly suspendInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** Resume it; answered with its state at that moment */
  readonly resumeInstance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Instance;
  };
  /** What the proposal would be answered now */
  readonly quote: {
    readonly input: {
      readonly query?: {
        /** Id of a reservation of yours: what it holds counts as free */
        readonly reservation?: string;
        /** Whose limits and balance count: a project that one is a member of */
        readonly project?: string;
      };
      readonly body: QuoteBody;
    };
    readonly result: NegotiationReply;
  };
  /** What the partners of the service would answer now: what is accepted first, the cheapest of it */
  readonly quotePartners: {
    readonly input: {
      readonly body: QuoteBody;
    };
    readonly result: PartnerQuote[];
  };
  /** How many instances of a type fit, step by step over time */
  readonly getAvailability: {
    readonly input: {
      readonly query: {
        readonly type: string;
        /** Milliseconds since 1970, RFC 1123 or ISO 8601 */
        readonly from: string;
        /** Milliseconds since 1970, RFC 1123 or ISO 8601 */
        readonly to: string;
        /** Milliseconds, of a reservation: `ownStarts` tells where it may begin */
        readonly duration?: number;
        /** With `duration`: an instant that has a step of its own in `ownStarts`, so that it is told exactly */
        readonly start?: string;
        /** Id of a reservation of yours: what it holds counts as free */
        readonly reservation?: string;
        /** Whose limits and balance count: a project that one is a member of */
        readonly project?: string;
      };
    };
    readonly result: Availability;
  };
  /** Of whom the service buys what it sells on, and what each is owed by now */
  readonly listPartners: {
    readonly input: Record<never, never>;
    readonly result: Partner[];
  };
  /** What was bought of partners, and what is owed for it, newest first */
  readonly listTransfers: {
    readonly input: {
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
        readonly reservation?: string;
      };
    };
    readonly result: Transfer[];
  };
  /** What happens to own reservations, as server-sent events; Last-Event-ID resumes */
  readonly streamEvents: {
    readonly input: {
      readonly query?: {
        /** Operators: those of everybody */
        readonly all?: boolean;
        /** Those of a project that one is a member of */
        readonly project?: string;
      };
      readonly header?: {
        /** Events after this one come first */
        readonly 'last-event-id'?: string;
      };
    };
    readonly result: string;
  };
  /** What happened to own reservations, newest first; without what is in an archive by now */
  readonly listHistory: {
    readonly input: {
      readonly query?: {
        /** Operators: those of everybody */
        readonly all?: boolean;
        /** Those of a project that one is a member of */
        readonly project?: string;
        /** Only what happened to this one */
        readonly reservation?: string;
        readonly limit?: number;
        readonly type?: string[];
      };
    };
    readonly result: HistoryEntry[];
  };
  /** Open an account; an operator does it for somebody else */
  readonly register: {
    readonly input: {
      readonly body: RegisterBody;
    };
    readonly result: Account;
  };
  /** All accounts */
  readonly listAccounts: {
    readonly input: {
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
      };
    };
    readonly result: Account[];
  };
  /** Own account, with what it uses of its limits */
  readonly getAccount: {
    readonly input: Record<never, never>;
    readonly result: Account;
  };
  /** Change own name or e-mail address */
  readonly updateAccount: {
    readonly input: {
      readonly body: UpdateAccountBody;
    };
    readonly result: Account;
  };
  /** Change own password; ends all other sessions */
  readonly changePassword: {
    readonly input: {
      readonly body: ChangePasswordBody;
    };
    readonly result: {
      /** Of the new session; null without one */
      csrfToken: string | null;
    };
  };
  /** How the own balance came about, newest first */
  readonly listLedger: {
    readonly input: {
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
      };
    };
    readonly result: LedgerEntry[];
  };
  /** Change role or limits, disable or enable */
  readonly administerAccount: {
    readonly input: {
      readonly path: {
        readonly userid: number;
      };
      readonly body: AdministerAccountBody;
    };
    readonly result: Account;
  };
  /** Delete an account that has no reservation any more; what it did and paid stays on record */
  readonly deleteAccount: {
    readonly input: {
      readonly path: {
        readonly userid: number;
      };
    };
    readonly result: void;
  };
  /** Give somebody else a new password; ends their sessions, tokens and access keys */
  readonly resetPassword: {
    readonly input: {
      readonly path: {
        readonly userid: number;
      };
      readonly body: ResetPasswordBody;
    };
    readonly result: Account;
  };
  /** Add credits to a balance, or take some from it */
  readonly deposit: {
    readonly input: {
      readonly path: {
        readonly userid: number;
      };
      readonly header?: {
        /** Own name of this request: sent again, it gets the first answer again */
        readonly 'idempotency-key'?: string;
      };
      readonly body: DepositBody;
    };
    readonly result: Account;
  };
  /** Log in: sets the session cookie */
  readonly logIn: {
    readonly input: {
      readonly body: LogInBody;
    };
    readonly result: Session;
  };
  /** Who is logged in by the cookie */
  readonly getSession: {
    readonly input: Record<never, never>;
    readonly result: Session;
  };
  /** Log out */
  readonly logOut: {
    readonly input: Record<never, never>;
    readonly result: void;
  };
  /** By what one can log in beside a password, and whether one can register */
  readonly listLogInWays: {
    readonly input: Record<never, never>;
    readonly result: {
      /** A server where one can log in; null: none */
      oidc: {
        name: string;
        path: string;
      } | null;
      /** closed: operators make accounts */
      registration: 'open' | 'closed';
    };
  };
  /** Make a token, which is shown this once */
  readonly createToken: {
    readonly input: {
      readonly body: CreateTokenBody;
    };
    readonly result: NewToken;
  };
  /** Own tokens, oldest first */
  readonly listTokens: {
    readonly input: Record<never, never>;
    readonly result: Token[];
  };
  /** Revoke a token, at once */
  readonly revokeToken: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: void;
  };
  /** Make an access key for the EC2 interface, whose secret is shown this once */
  readonly createAccessKey: {
    readonly input: {
      readonly body: CreateAccessKeyBody;
    };
    readonly result: NewAccessKey;
  };
  /** Own access keys, oldest first */
  readonly listAccessKeys: {
    readonly input: Record<never, never>;
    readonly result: AccessKey[];
  };
  /** Revoke an access key, at once */
  readonly revokeAccessKey: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: void;
  };
  /** Own public keys, which log in to new VMs */
  readonly getSshKeys: {
    readonly input: Record<never, never>;
    readonly result: {
      /** Public keys, as lines of an authorized_keys file */
      sshKeys: string[];
    };
  };
  /** Set own public keys; VMs that are there keep those that they were made with */
  readonly setSshKeys: {
    readonly input: {
      readonly body: SetSshKeysBody;
    };
    readonly result: {
      /** Public keys, as lines of an authorized_keys file */
      sshKeys: string[];
    };
  };
  /** What cloud-init does in its VMs at their first boot */
  readonly getUserData: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: {
      /** For cloud-init: a script, or #cloud-config */
      userData: string | null;
    };
  };
  /** Set what cloud-init does in its VMs; until they are made */
  readonly setUserData: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly body: SetUserDataBody;
    };
    readonly result: {
      /** For cloud-init: a script, or #cloud-config */
      userData: string | null;
    };
  };
  /** What the account is told of without asking, and how */
  readonly getNotifications: {
    readonly input: Record<never, never>;
    readonly result: Notifications;
  };
  /** Choose what to be told of; what is left out stays */
  readonly chooseNotifications: {
    readonly input: {
      readonly body: ChooseNotificationsBody;
    };
    readonly result: Notifications;
  };
  /** Be told of nothing, to see whether it arrives: by e-mail, and by the webhook if there is one */
  readonly testNotifications: {
    readonly input: Record<never, never>;
    readonly result: void;
  };
  /** Projects that one is a member of; operators see all with all=true */
  readonly listProjects: {
    readonly input: {
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
        /** Operators: all there are */
        readonly all?: boolean;
      };
    };
    readonly result: Project[];
  };
  /** Make a project; it has nothing until a deposit is made to its userid */
  readonly createProject: {
    readonly input: {
      readonly body: CreateProjectBody;
    };
    readonly result: Project;
  };
  /** One project, with its members and what it uses of its limits */
  readonly getProject: {
    readonly input: {
      readonly path: {
        readonly userid: number;
      };
    };
    readonly result: Project;
  };
  /** How the balance of a project came about, newest first */
  readonly listLedgerOfProject: {
    readonly input: {
      readonly path: {
        readonly userid: number;
      };
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
      };
    };
    readonly result: LedgerEntry[];
  };
  /** Make a user a member or a manager of a project */
  readonly setMember: {
    readonly input: {
      readonly path: {
        readonly userid: number;
        readonly username: string;
      };
      readonly body: SetMemberBody;
    };
    readonly result: Project;
  };
  /** Take a member out of a project; what was reserved for it stays its own */
  readonly removeMember: {
    readonly input: {
      readonly path: {
        readonly userid: number;
        readonly username: string;
      };
    };
    readonly result: void;
  };
  /** Submit a service manifest: what the service begins with is asked for, and held */
  readonly submitManagedService: {
    readonly input: {
      readonly body: SubmitManagedServiceBody;
    };
    readonly result: ManagedService;
  };
  /** Own services, newest first, and how they stand; operators see all with all=true */
  readonly listManagedServices: {
    readonly input: {
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
        /** Operators: those of everybody */
        readonly all?: boolean;
        /** Those of a project that one is a member of */
        readonly project?: string;
      };
    };
    readonly result: ManagedService[];
  };
  /** One service: its components, what is measured, and what its rules did */
  readonly getManagedService: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: ManagedService;
  };
  /** Confirm a service that was submitted, or decline it */
  readonly answerManagedService: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly body: AnswerManagedServiceBody;
    };
    readonly result: ManagedService;
  };
  /** End a service, and give back what it has */
  readonly endManagedService: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: ManagedService;
  };
  /** Say what is measured: a probe does, with a token of the scope "probe" */
  readonly probeManagedService: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly body: ProbeManagedServiceBody;
    };
    readonly result: void;
  };
  /** Who changed what, in whose name, and who was refused; newest first */
  readonly listAudit: {
    readonly input: {
      readonly query?: {
        readonly limit?: number;
        /** From the Link header */
        readonly cursor?: string;
        /** Who did it, or in whose name */
        readonly userid?: number;
        /** The same by name; also of log-ins that were refused */
        readonly username?: string;
        /** Method and route, as in the entries */
        readonly action?: string;
        /** Refused attempts only */
        readonly refused?: boolean;
      };
    };
    readonly result: AuditEntry[];
  };
  /** The reservations of whoever made the token, whose scope is "calendar" */
  readonly getCalendarFeed: {
    readonly input: {
      readonly query: {
        /** Of the scope "calendar" */
        readonly token: string;
      };
    };
    readonly result: string;
  };
  /** The reservation as an entry of a calendar; none when it has no place in time */
  readonly getReservationAsCalendar: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: string;
  };
  /** Version, clock and rules of the service */
  readonly getService: {
    readonly input: Record<never, never>;
    readonly result: Service;
  };
  /** The sizes of instances */
  readonly listTypes: {
    readonly input: Record<never, never>;
    readonly result: InstanceType[];
  };
  /** What instances are made from; the first is the default */
  readonly listTemplates: {
    readonly input: Record<never, never>;
    readonly result: Template[];
  };
  /** The kinds of lease */
  readonly listKinds: {
    readonly input: Record<never, never>;
    readonly result: LeaseKind[];
  };
  /** All nodes, with their load */
  readonly listNodes: {
    readonly input: Record<never, never>;
    readonly result: Node[];
  };
  /** Put it into service again: a drained one, or one whose maintenance is not over */
  readonly enableNode: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Node;
  };
  /** Let it die with everything on it (simulated hypervisor only) */
  readonly failNode: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Node;
  };
  /** Let it come back (simulated hypervisor only) */
  readonly returnNode: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Node;
  };
  /** Take it out of service: its VMs leave. Of one that is drained already, change when it is expected back */
  readonly drainNode: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly query?: {
        /** When it is expected back, as milliseconds since 1970, RFC 1123 or ISO 8601; "never": nobody knows, so it is out of all windows; absent: after the assumed repair time */
        readonly until?: string;
      };
    };
    readonly result: Node;
  };
  /** What if it were drained, or maintained: which instances would move, stand still or end. Nothing changes */
  readonly forecastOutage: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly query?: {
        /** When a maintenance would begin, as milliseconds since 1970, RFC 1123 or ISO 8601; absent: it is drained now */
        readonly from?: string;
        /** When it is back, as for a drain; with `from` it is needed */
        readonly until?: string;
      };
    };
    readonly result: OutageForecast;
  };
  /** Maintenance of nodes that is planned, or not over */
  readonly listMaintenance: {
    readonly input: Record<never, never>;
    readonly result: Outage[];
  };
  /** Book a node out for a time: it begins and ends by itself */
  readonly planMaintenance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
      readonly header?: {
        /** Own name of this request: sent again, it gets the first answer again */
        readonly 'idempotency-key'?: string;
      };
      readonly body: PlanMaintenanceBody;
    };
    readonly result: Outage;
  };
  /** Call a maintenance off, or end it now when it has begun */
  readonly endMaintenance: {
    readonly input: {
      readonly path: {
        readonly id: string;
      };
    };
    readonly result: Outage;
  };
  /** What is booked on which node, and by whom */
  readonly getCalendar: {
    readonly input: {
      readonly query: {
        /** Milliseconds since 1970, RFC 1123 or ISO 8601 */
        readonly from: string;
        /** Milliseconds since 1970, RFC 1123 or ISO 8601 */
        readonly to: string;
      };
    };
    readonly result: CalendarEntry[];
  };
  /** The images that nodes keep, and those that are sent to them before leases begin */
  readonly listImages: {
    readonly input: Record<never, never>;
    readonly result: Images;
  };
  /** What happened: the newest first, or from a number on */
  readonly listJournal: {
    readonly input: {
      readonly query?: {
        /** Events after this number, oldest first; absent: the newest, newest first */
        readonly after?: number;
        /** Only events before this number */
        readonly before?: number;
        readonly limit?: number;
        readonly type?: string[];
      };
    };
    readonly result: JournalEntry[];
  };
  /** Files that history was moved into, the newest first */
  readonly listArchives: {
    readonly input: Record<never, never>;
    readonly result: Archive[];
  };
  /** How much of the cluster, or of one node, was reserved and used, step by step over a time that is over */
  readonly getLoad: {
    readonly input: {
      readonly query: {
        /** Milliseconds since 1970, RFC 1123 or ISO 8601 */
        readonly from: string;
        /** Milliseconds since 1970, RFC 1123 or ISO 8601 */
        readonly to: string;
        /** Absent: all of them */
        readonly node?: string;
      };
    };
    readonly result: Load;
  };
  /** The report on what happened so far, one HTML page */
  readonly getReport: {
    readonly input: Record<never, never>;
    readonly result: string;
  };
  /** Its figures, as a run of the simulator has them in summary.json */
  readonly getReportSummary: {
    readonly input: Record<never, never>;
    readonly result: Record<string, unknown>;
  };
  /** What if nodes were drained or added, or policies changed: the weeks ahead, beside what they would be. Nothing changes */
  readonly whatIf: {
    readonly input: {
      readonly body: WhatIfBody;
    };
    readonly result: WhatIf;
  };
  /** The clock is right as it is: go on after a jump */
  readonly trustClock: {
    readonly input: Record<never, never>;
    readonly result: Health;
  };
  /** This document */
  readonly getOpenApi: {
    readonly input: Record<never, never>;
    readonly result: Record<string, unknown>;
  };
  /** The process lives */
  readonly getHealth: {
    readonly input: Record<never, never>;
    readonly result: Health;
  };
  /** The service decides; else 503 */
  readonly getReadiness: {
    readonly input: Record<never, never>;
    readonly result: Health;
  };
  /** Measurements, for Prometheus */
  readonly getMetrics: {
    readonly input: Record<never, never>;
    readonly result: string;
  };
}

/** Method and path of each. */
export const OPERATIONS = {
  createReservation: ['POST', '/OpenPEX/reservations'],
  listReservations: ['GET', '/OpenPEX/reservations'],
  getReservation: ['GET', '/OpenPEX/reservations/{id}'],
  updateReservation: ['PUT', '/OpenPEX/reservations/{id}'],
  deleteReservation: ['DELETE', '/OpenPEX/reservations/{id}'],
  labelReservation: ['PUT', '/OpenPEX/reservations/{id}/label'],
  changeReservation: ['POST', '/OpenPEX/reservations/{id}/change'],
  answerChange: ['PUT', '/OpenPEX/reservations/{id}/change'],
  activateReservation: ['PUT', '/OpenPEX/reservations/{id}/activate'],
  claimOptions: ['POST', '/OpenPEX/reservations/{id}/claim'],
  transferReservation: ['POST', '/OpenPEX/reservations/{id}/transfer'],
  listOffers: ['GET', '/OpenPEX/reservations/{id}/offers'],
  listInstancesOfReservation: ['GET', '/OpenPEX/reservations/{id}/instances'],
  createSeries: ['POST', '/OpenPEX/series'],
  answerSeries: ['PUT', '/OpenPEX/series'],
  quoteSeries: ['POST', '/OpenPEX/series/quotes'],
  listInstances: ['GET', '/OpenPEX/instances'],
  getInstance: ['GET', '/OpenPEX/instances/{id}'],
  deleteInstance: ['DELETE', '/OpenPEX/instances/{id}'],
  startInstance: ['PUT', '/OpenPEX/instances/{id}/start'],
  stopInstance: ['PUT', '/OpenPEX/instances/{id}/stop'],
  rebootInstance: ['PUT', '/OpenPEX/instances/{id}/reboot'],
  pauseInstance: ['PUT', '/OpenPEX/instances/{id}/pause'],
  unpauseInstance: ['PUT', '/OpenPEX/instances/{id}/unpause'],
  suspendInstance: ['PUT', '/OpenPEX/instances/{id}/suspend'],
  resumeInstance: ['PUT', '/OpenPEX/instances/{id}/resume'],
  quote: ['POST', '/OpenPEX/quotes'],
  quotePartners: ['POST', '/OpenPEX/quotes/partners'],
  getAvailability: ['GET', '/OpenPEX/availability'],
  listPartners: ['GET', '/OpenPEX/partners'],
  listTransfers: ['GET', '/OpenPEX/transfers'],
  streamEvents: ['GET', '/OpenPEX/events'],
  listHistory: ['GET', '/OpenPEX/history'],
  register: ['POST', '/OpenPEX/accounts'],
  listAccounts: ['GET', '/OpenPEX/accounts'],
  getAccount: ['GET', '/OpenPEX/account'],
  updateAccount: ['PATCH', '/OpenPEX/account'],
  changePassword: ['PUT', '/OpenPEX/account/password'],
  listLedger: ['GET', '/OpenPEX/account/ledger'],
  administerAccount: ['PATCH', '/OpenPEX/accounts/{userid}'],
  deleteAccount: ['DELETE', '/OpenPEX/accounts/{userid}'],
  resetPassword: ['PUT', '/OpenPEX/accounts/{userid}/password'],
  deposit: ['POST', '/OpenPEX/accounts/{userid}/deposits'],
  logIn: ['POST', '/OpenPEX/session'],
  getSession: ['GET', '/OpenPEX/session'],
  logOut: ['DELETE', '/OpenPEX/session'],
  listLogInWays: ['GET', '/OpenPEX/login'],
  createToken: ['POST', '/OpenPEX/account/tokens'],
  listTokens: ['GET', '/OpenPEX/account/tokens'],
  revokeToken: ['DELETE', '/OpenPEX/account/tokens/{id}'],
  createAccessKey: ['POST', '/OpenPEX/account/access-keys'],
  listAccessKeys: ['GET', '/OpenPEX/account/access-keys'],
  revokeAccessKey: ['DELETE', '/OpenPEX/account/access-keys/{id}'],
  getSshKeys: ['GET', '/OpenPEX/account/ssh-keys'],
  setSshKeys: ['PUT', '/OpenPEX/account/ssh-keys'],
  getUserData: ['GET', '/OpenPEX/reservations/{id}/user-data'],
  setUserData: ['PUT', '/OpenPEX/reservations/{id}/user-data'],
  getNotifications: ['GET', '/OpenPEX/account/notifications'],
  chooseNotifications: ['PATCH', '/OpenPEX/account/notifications'],
  testNotifications: ['POST', '/OpenPEX/account/notifications/test'],
  listProjects: ['GET', '/OpenPEX/projects'],
  createProject: ['POST', '/OpenPEX/projects'],
  getProject: ['GET', '/OpenPEX/projects/{userid}'],
  listLedgerOfProject: ['GET', '/OpenPEX/projects/{userid}/ledger'],
  setMember: ['PUT', '/OpenPEX/projects/{userid}/members/{username}'],
  removeMember: ['DELETE', '/OpenPEX/projects/{userid}/members/{username}'],
  submitManagedService: ['POST', '/OpenPEX/services'],
  listManagedServices: ['GET', '/OpenPEX/services'],
  getManagedService: ['GET', '/OpenPEX/services/{id}'],
  answerManagedService: ['PUT', '/OpenPEX/services/{id}'],
  endManagedService: ['DELETE', '/OpenPEX/services/{id}'],
  probeManagedService: ['PUT', '/OpenPEX/services/{id}/metrics'],
  listAudit: ['GET', '/OpenPEX/audit'],
  getCalendarFeed: ['GET', '/OpenPEX/calendar.ics'],
  getReservationAsCalendar: ['GET', '/OpenPEX/reservations/{id}/calendar.ics'],
  getService: ['GET', '/OpenPEX/service'],
  listTypes: ['GET', '/OpenPEX/types'],
  listTemplates: ['GET', '/OpenPEX/templates'],
  listKinds: ['GET', '/OpenPEX/kinds'],
  listNodes: ['GET', '/OpenPEX/nodes'],
  enableNode: ['PUT', '/OpenPEX/nodes/{id}/enable'],
  failNode: ['PUT', '/OpenPEX/nodes/{id}/fail'],
  returnNode: ['PUT', '/OpenPEX/nodes/{id}/return'],
  drainNode: ['PUT', '/OpenPEX/nodes/{id}/drain'],
  forecastOutage: ['GET', '/OpenPEX/nodes/{id}/forecast'],
  listMaintenance: ['GET', '/OpenPEX/maintenance'],
  planMaintenance: ['POST', '/OpenPEX/nodes/{id}/maintenance'],
  endMaintenance: ['DELETE', '/OpenPEX/maintenance/{id}'],
  getCalendar: ['GET', '/OpenPEX/calendar'],
  listImages: ['GET', '/OpenPEX/images'],
  listJournal: ['GET', '/OpenPEX/journal'],
  listArchives: ['GET', '/OpenPEX/archives'],
  getLoad: ['GET', '/OpenPEX/load'],
  getReport: ['GET', '/OpenPEX/report'],
  getReportSummary: ['GET', '/OpenPEX/report/summary.json'],
  whatIf: ['POST', '/OpenPEX/what-if'],
  trustClock: ['PUT', '/OpenPEX/clock/trust'],
  getOpenApi: ['GET', '/OpenPEX/openapi.json'],
  getHealth: ['GET', '/health'],
  getReadiness: ['GET', '/ready'],
  getMetrics: ['GET', '/metrics'],
} as const satisfies Record<keyof Operations, readonly [method: string, path: string]>;
