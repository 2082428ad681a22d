// The configuration file of a live service: the provider, in the words of a scenario, and everything that only a service has.
import { type Static, Type } from 'typebox';
import { ServedProviderFile } from '../../scenarios/schema/provider.ts';
import { durationOption, finiteDurationOption } from '../../written/duration.ts';
import { HYPERVISORS, type HypervisorCatalogue, sectionOf } from '../hypervisors/catalogue.ts';

const Listen = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      default: '127.0.0.1',
      description: 'Address to listen on. 127.0.0.1: this machine only; 0.0.0.0: every network.',
    }),
    port: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 8080,
      description: 'TCP port; 0 takes a free one.',
    }),
    tls: Type.Optional(
      Type.Object(
        {
          certificate: Type.String({
            minLength: 1,
            description: 'PEM file with the certificate and its chain.',
          }),
          key: Type.String({ minLength: 1, description: 'PEM file with its private key.' }),
        },
        {
          additionalProperties: false,
          description: 'Serve HTTPS. Absent: plain HTTP, for a proxy or this machine.',
        },
      ),
    ),
    trustProxy: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Addresses or networks (CIDR) of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Where the service listens.' },
);

const RollingLimit = Type.Object(
  {
    of: Type.String({
      minLength: 1,
      default: 'cpu',
      description: 'cpu, or a resource that the provider names, such as gpu.',
    }),
    hours: Type.Number({
      minimum: 0,
      maximum: 1e9,
      description: 'So many of them for so many hours.',
    }),
    per: finiteDurationOption({ default: '7d', description: 'Length of the period, at most 366d.' }),
  },
  { additionalProperties: false },
);

const Accounts = Type.Object(
  {
    registration: Type.Enum(['open', 'closed'], {
      default: 'open',
      description: 'open: everybody who reaches the portal can register; closed: operators make accounts.',
    }),
    startingCredits: Type.Number({
      minimum: 0,
      maximum: 1e9,
      default: 1000,
      description: 'Credits that a new account has.',
    }),
    lock: finiteDurationOption({
      default: '0s',
      description:
        'From so long before its start until then users can neither change, cancel nor give away a confirmed reservation; operators can.',
    }),
    quota: Type.Object(
      {
        reservations: Type.Integer({
          minimum: 0,
          default: 100,
          description:
            'Reservations that one user may have at one instant, offers included. Those whose windows do not overlap do not count together.',
        }),
        vcpus: Type.Integer({
          minimum: 0,
          default: 1000,
          description: 'Virtual CPUs of all of them together, guaranteed or claimed, at one instant.',
        }),
        heldCpuHours: Type.Integer({
          minimum: 0,
          maximum: 1_000_000_000,
          default: 10_000,
          description: 'CPU-hours that offers may hold for one user who has not confirmed them yet.',
        }),
        rolling: Type.Array(RollingLimit, {
          default: [],
          maxItems: 10,
          description:
            'What one user may have in any period of a length, offers included: {of: cpu, hours: 500, per: 7d} is 500 CPU-hours in any seven days.',
        }),
      },
      {
        additionalProperties: false,
        default: {},
        description: 'What a user may have at a time. Operators can set other limits for an account.',
      },
    ),
  },
  { additionalProperties: false, default: {}, description: 'Who may use the service, and how much.' },
);

const Security = Type.Object(
  {
    requestsPerMinute: Type.Integer({
      minimum: 1,
      default: 6000,
      description: 'Requests of one account (or address, before log-in) per minute.',
    }),
    failedLogins: Type.Integer({
      minimum: 1,
      default: 5,
      description:
        'Failed log-ins of an account from an address before each further one has to wait. From an address that many may share ten times as many, after which only accounts that failed there wait; twenty times as many registrations.',
    }),
    auditKeep: durationOption({
      default: '366d',
      description: 'How long it is remembered who changed what and who was refused.',
    }),
    metrics: Type.Enum(['operators', 'public'], {
      default: 'operators',
      description: 'Who may read /metrics: operators, or everybody who reaches the port.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Limits against abuse.' },
);

const Ec2 = Type.Object(
  {
    serve: Type.Boolean({
      default: true,
      description: 'Whether clients of EC2 are answered, at /ec2. Without an access key, none is.',
    }),
    lasting: finiteDurationOption({
      default: '1d',
      description:
        'How long an instance is reserved, or a capacity reservation lasts, when whoever asks for it does not say; as long as the provider takes, at most.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'The interface for clients of EC2.' },
);

const Retention = Type.Object(
  {
    keep: durationOption({
      default: 'unlimited',
      description:
        'How long history stays in the database: at least 1h. What is older is moved into archives, an eighth of this time (at most a week) at once.',
    }),
    archives: Type.String({
      minLength: 1,
      default: 'archives',
      description: 'Folder of the archives, relative to this file.',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description:
      'How long history stays in the database: events, offers, and reservations and instances that ended.',
  },
);

const Notifications = Type.Object(
  {
    email: Type.Optional(
      Type.Object(
        {
          smtp: Type.String({
            minLength: 1,
            description:
              'smtp://USER:PASSWORD@HOST:PORT, or smtps://. Variables, written as in paths of scenarios, come from the environment.',
          }),
          from: Type.String({
            pattern: '@',
            expected: 'an address of e-mail, such as openpex@example.org',
            description: 'Whom e-mails come from, such as OpenPEX <openpex@example.org>.',
          }),
        },
        {
          additionalProperties: false,
          description: 'The server through which e-mails are sent. Absent: none are.',
        },
      ),
    ),
    webhooks: Type.Enum(['off', 'public', 'any'], {
      default: 'off',
      description:
        'Whether users may name a URL that is told: off; public: one that is reached over the Internet; any: addresses of this machine and its network, too.',
    }),
    offerExpiring: finiteDurationOption({
      default: '1m',
      description:
        'So long before a hold runs out its user is told; at the earliest when half of it is over.',
    }),
    endingSoon: finiteDurationOption({
      default: '30m',
      description: 'So long before the end of a window its user is told.',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'How users are told of what they choose to hear of.',
  },
);

const Approval = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://',
      expected: 'an address that begins with https:// or http://',
      description:
        'What is asked, by a signed POST, before a reservation, a change of one or a claim is confirmed.',
    }),
    secret: Type.String({
      minLength: 1,
      description:
        'What the POST is signed with. Variables, written as in paths of scenarios, come from the environment.',
    }),
    of: Type.Enum(['everybody', 'projects'], {
      default: 'everybody',
      description: 'Whose reservations need an approval.',
    }),
    timeout: finiteDurationOption({ default: '5s', description: 'How long an answer may take.' }),
    whenAway: Type.Enum(['refuse', 'grant'], {
      default: 'refuse',
      description: 'What it means when no answer comes.',
    }),
  },
  {
    additionalProperties: false,
    description: 'A program of yours that has to approve of what users confirm. Absent: nothing has to.',
  },
);

const Partner = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, description: 'What users of this service call it.' }),
    url: Type.String({
      pattern: '^https?://',
      description: 'Where it answers, such as https://pex.example.org.',
    }),
    token: Type.String({
      minLength: 1,
      description:
        'Of an account there, with the scope `use` if `outsourcing` names the partner; else `read` is enough. Variables, written as in paths of scenarios, come from the environment.',
    }),
    timeout: finiteDurationOption({ default: '5s', description: 'How long an answer may take.' }),
    lookEvery: finiteDurationOption({
      default: '30s',
      description: 'How often the partner is asked what has become of what was bought of it.',
    }),
    giveUpAfter: finiteDurationOption({
      default: '1h',
      description:
        'How long after the end of what it sold a partner that does not answer is waited for. Then nothing counts as delivered.',
    }),
  },
  { additionalProperties: false },
);

const Login = Type.Object(
  {
    oidc: Type.Optional(
      Type.Object(
        {
          issuer: Type.String({
            pattern: '^(https://|http://(localhost|127\\.0\\.0\\.1)(:|/|$))',
            expected: 'an address that begins with https://, or with http:// on this machine (localhost)',
            description: 'Address of the OpenID provider, as it calls itself; https, but on this machine.',
          }),
          clientId: Type.String({ minLength: 1, description: 'As what this service is known there.' }),
          clientSecret: Type.String({
            minLength: 1,
            description: 'Variables, written as in paths of scenarios, come from the environment.',
          }),
          url: Type.String({
            pattern: '^https?://[^/]+$',
            expected: 'an address without a path, such as https://openpex.example.org',
            description:
              'Where browsers reach this service. The provider has to know URL/OpenPEX/session/oidc/callback.',
          }),
          name: Type.String({
            minLength: 1,
            maxLength: 60,
            default: 'single sign-on',
            description: 'For the portal.',
          }),
          usernameClaim: Type.String({
            minLength: 1,
            default: 'preferred_username',
            description: 'The claim that names a new account; what follows an @ is left out.',
          }),
          accounts: Type.Enum(['create', 'known'], {
            default: 'create',
            description:
              'create: who logs in for the first time gets an account; known: only those who have one.',
          }),
          linksByEmail: Type.Boolean({
            default: false,
            description:
              'An account with the e-mail address that the provider says is verified is that of who logs in. For providers that you trust with it.',
          }),
        },
        { additionalProperties: false, description: 'A server at which users log in. Absent: none.' },
      ),
    ),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'How users log in beside the password of their account.',
  },
);

const Template = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, description: 'As requests name it.' }),
    description: Type.String({ default: '', description: 'For the portal.' }),
  },
  { additionalProperties: false },
);

/** What a configuration may say to a service that could be carried by these. */
export function liveFile(hypervisors: HypervisorCatalogue) {
  return Type.Object(
    {
      name: Type.String({ minLength: 1, default: 'OpenPEX', description: 'What the service calls itself.' }),
      listen: Listen,
      database: Type.String({
        minLength: 1,
        default: 'sqlite:openpex.db',
        description:
          'sqlite:FILE, relative to this file, or postgres://USER@HOST/NAME. Variables, written as in paths of scenarios, come from the environment.',
      }),
      speed: Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        default: 1,
        description: 'Service time per real time; only a simulated hypervisor can be faster than 1.',
      }),
      templates: Type.Array(Template, {
        minItems: 1,
        default: [
          { name: 'PEX Debian Etch 4.0 Template', description: 'Debian GNU/Linux 4.0' },
          { name: 'PEX Debian Sarge 3.1 Template', description: 'Debian GNU/Linux 3.1' },
          { name: 'PEX Windows XP SP2 Template', description: 'Windows XP with Service Pack 2' },
        ],
        description:
          'VM templates that users can choose from; the first is the usual one. With a Xen pool: those of the pool.',
      }),
      ...sectionsOf(hypervisors),
      accounts: Accounts,
      security: Security,
      ec2: Ec2,
      retention: Retention,
      login: Login,
      notifications: Notifications,
      approval: Type.Optional(Approval),
      partners: Type.Array(Partner, {
        default: [],
        maxItems: 10,
        description:
          'Other OpenPEX services. Users may ask what those would answer where this one has no room, and take it there; of those that `outsourcing` names it is bought, to be sold on.',
      }),
      clockTolerance: finiteDurationOption({
        default: '1m',
        description:
          'When the clock of the machine jumps by more than this, nothing is decided until it is back or an operator says that it is right.',
      }),
      log: Type.Enum(['error', 'warn', 'info', 'debug'], {
        default: 'info',
        description: 'How much is logged on standard error, as JSON lines.',
      }),
      shutdownGrace: finiteDurationOption({
        default: '10s',
        description: 'How long requests in progress may take when the service is stopped.',
      }),
      ...ServedProviderFile.properties,
    },
    {
      additionalProperties: false,
      title: 'OpenPEX live service',
      description: 'The provider, in the words of a scenario, and how it is served.',
    },
  );
}

export const LiveFile = liveFile(HYPERVISORS);
/** A configuration with every default filled in, without the sections of hypervisors: those are for them to read. */
export type LiveFile = Static<typeof LiveFile>;

function sectionsOf(hypervisors: HypervisorCatalogue): object {
  return Object.fromEntries(
    hypervisors.flatMap((entry) => {
      const section = sectionOf(entry);
      return section === undefined ? [] : [[section, Type.Optional(entry.options)]];
    }),
  );
}
