// What an operator says about a Xen pool, complete and checked; the file's side of it is xen-section.ts.
export interface XenSettings {
  /** `https://host[:port]` of a member of the pool, without credentials. */
  readonly url: string;
  readonly user: string;
  /** Never to be logged. */
  readonly password: string;
  /** Takes a certificate that nobody vouches for. */
  readonly allowUnauthorized: boolean;
  /** Other members, tried when the one of the URL does not answer. Those that the pool names itself are known anyway. */
  readonly hosts: readonly string[];
  readonly transport: 'auto' | 'json-rpc' | 'xml-rpc';
  /** What nodes are called after. */
  readonly nodeNames: 'name' | 'uuid';
  /** Which templates of the pool are for users. */
  readonly templates: { readonly by: 'prefix' | 'tag'; readonly text: string };
  /** fast: disks share what they do not change with the template's; full: copies. */
  readonly clone: 'fast' | 'full';
  /** Name or uuid; where full copies and disks of provisioned templates go. Absent: the pool's default. */
  readonly storageRepository: string | undefined;
  /** Name or uuid; of the first network card of each VM. Absent: the template's. */
  readonly network: string | undefined;
  /** For the first network card of each VM; empty: Xen makes them up. */
  readonly macs: readonly string[];
  /** Of a gateway that shows consoles, with placeholders; see ../console.ts. Undefined: there is none. */
  readonly console: string | undefined;
  /** How long a guest may take to shut down or reboot before it is forced. */
  readonly stopGraceMs: number;
  /** How long any operation may take. */
  readonly operationTimeoutMs: number;
  /** Operations at a time on one host. */
  readonly perHostConcurrency: number;
  /** Whether VMs on a host that the pool takes for dead are declared halted, so that they can be started elsewhere. */
  readonly resetLostVms: boolean;
  readonly pace: XenPace;
}

/** How often things are asked for, and how long for an answer; milliseconds. */
export interface XenPace {
  /** Of one call. */
  readonly callTimeoutMs: number;
  /** Of a login with the first reading of all records. */
  readonly connectTimeoutMs: number;
  /** Before the first and, growing, up to each later try to connect again. */
  readonly reconnectMs: { readonly first: number; readonly longest: number };
  /** Before the event stream is taken up again after an error. */
  readonly eventPollDelayMs: number;
  /** Between two questions for events. */
  readonly eventDebounceMs: number;
  /** Between two looks at a task, beside what the events tell of it. */
  readonly taskPollMs: number;
  /** Between two looks at all VMs, beside what the events tell of them. */
  readonly sweepMs: number;
  /** What is told of a VM that went down comes so much later at most: by the events, and by the pool's messages. */
  readonly settleMs: number;
  /** Between two readings of the load. */
  readonly loadMs: number;
  /** When a guest that runs has told no address for so long, the log says so. */
  readonly addressTimeoutMs: number;
}

export const USUAL_PACE: XenPace = {
  callTimeoutMs: 90_000,
  connectTimeoutMs: 30_000,
  reconnectMs: { first: 250, longest: 5_000 },
  eventPollDelayMs: 3_000,
  eventDebounceMs: 200,
  taskPollMs: 5_000,
  sweepMs: 30_000,
  settleMs: 2_000,
  loadMs: 60_000,
  addressTimeoutMs: 300_000,
};
