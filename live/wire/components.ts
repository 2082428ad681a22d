// Everything that is known by its name in the OpenAPI document, in the order in which it is listed there.
import { AccessKey, NewAccessKey } from './access-key.ts';
import { Account, LedgerEntry, Session } from './account.ts';
import { AuditEntry } from './audit.ts';
import { CalendarEntry, ClusterNode, Outage, OutageForecast } from './cluster.ts';
import { Archive, HistoryEntry, JournalEntry } from './event.ts';
import { Images, ImageTransfer } from './image.ts';
import { Instance } from './instance.ts';
import { Load } from './load.ts';
import { ManagedService } from './managed-service.ts';
import { Alternative, Bottleneck, NegotiationReply, Offer, PartnerQuote, Proposal } from './negotiation.ts';
import { Notifications } from './notification.ts';
import { Partner, Transfer } from './partner.ts';
import { Problem } from './problem.ts';
import { Project } from './project.ts';
import { Reservation } from './reservation.ts';
import { Series, SeriesOccurrence } from './series.ts';
import { Availability, Health, InstanceType, LeaseKind, ServiceInfo, Template } from './service.ts';
import { NewToken, Token } from './token.ts';
import { WhatIf } from './what-if.ts';

export const COMPONENTS = [
  Problem,
  Proposal,
  Alternative,
  Bottleneck,
  NegotiationReply,
  PartnerQuote,
  Reservation,
  Offer,
  SeriesOccurrence,
  Series,
  Instance,
  Account,
  LedgerEntry,
  Session,
  Project,
  ManagedService,
  Token,
  NewToken,
  AccessKey,
  NewAccessKey,
  Notifications,
  Outage,
  OutageForecast,
  ClusterNode,
  ImageTransfer,
  Images,
  CalendarEntry,
  JournalEntry,
  HistoryEntry,
  Load,
  Archive,
  AuditEntry,
  ServiceInfo,
  InstanceType,
  Template,
  LeaseKind,
  Availability,
  Health,
  WhatIf,
  Partner,
  Transfer,
] as const;
