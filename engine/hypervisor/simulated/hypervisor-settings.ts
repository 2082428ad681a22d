// What can be set about the simulated hypervisor: how long its operations take, and what goes wrong.
import type { Spread } from '../../random/spread.ts';
import type { MigrationSettings } from './migration/migration-settings.ts';

/** How busy a guest is goes up and down: a first-order autoregressive process about its mean, between idle and fully busy. */
export interface LoadProcess {
  /** A new value so often, at whole multiples of it. More than 0. */
  readonly everyMs: number;
  /** Correlation of a value with the one before, 0 up to but not including 1. */
  readonly persistence: number;
  /** Standard deviation, in thousandths. */
  readonly deviationPermille: number;
}

/** How busy a guest was that was measured: a step function of the time since its first value. */
export interface LoadTrace {
  readonly name: string;
  /** Seconds, ascending, from 0; at least one. */
  readonly atS: ArrayLike<number>;
  /** Thousandths; as many. */
  readonly permille: ArrayLike<number>;
}

/** Guests are as busy as others were that were measured. */
export interface TracedLoads {
  /** At least one. */
  readonly traces: readonly LoadTrace[];
  /** A guest is looked at so often, at whole multiples of it. More than 0. */
  readonly everyMs: number;
  /** After its last value, which lasts as long as the one before it: its first again, the last for ever, or 0. */
  readonly afterEnd: 'repeat' | 'hold' | 'idle';
  /** A trace begins when its VM is made, or with the run, so that guests share the hours of the day. */
  readonly begins: 'with-vm' | 'with-run';
}

/** Nodes without a VM are switched off, and on again when one comes. */
export interface StandbySettings {
  /** After so long without one. */
  readonly afterMs: number;
  /** The provisioning policy looks at the nodes at whole multiples of this. More than 0. */
  readonly everyMs: number;
  readonly boot: Spread;
  /** Watts of a node that is off, and of one that boots. */
  readonly offW: number;
  readonly bootW: number;
}

/** What guests have done is written to the common store now and then. */
export interface CheckpointSettings {
  /** After each such stretch of running. More than 0. */
  readonly everyMs: number;
  /** So long the guest stands still each time: what it has to do takes longer by as much. */
  readonly pauseMs: number;
  /** Instead of a start: reading one back and going on from it. */
  readonly restore: Spread;
}

/** How the loss and the return of nodes are noticed: by signs of life at regular instants, at a phase of its own for each node. */
export interface HeartbeatSettings {
  /** More than 0. */
  readonly everyMs: number;
  /** So many that fail to come in a row: the node is lost. At least 1. */
  readonly misses: number;
  /** So many in a row: it is back. At least 1. */
  readonly returns: number;
}

/** VMs are made as variations of what there is (customizer.ts). */
export interface CustomizerSettings {
  /** How long it takes to add a feature to a VM that is being made, and to drop it. */
  readonly featureTimes: ReadonlyMap<string, { readonly addMs: number; readonly dropMs: number }>;
  /** Each of them is in `featureTimes`. */
  readonly featuresByTemplate: ReadonlyMap<string, ReadonlySet<string>>;
  /** Templates that are always there; at least one, each of them in `featuresByTemplate`. */
  readonly library: readonly string[];
  /** VMs that exist are templates as well. */
  readonly reuses: boolean;
}

/** The simulated hypervisor: how long its operations take. */
export interface HypervisorSettings {
  readonly create: Spread;
  /** What `create` takes more for features; absent: every template is there as it is asked for. */
  readonly customizer?: CustomizerSettings;
  readonly start: Spread;
  readonly stop: Spread;
  readonly reboot: Spread;
  readonly suspend: Spread;
  readonly resume: Spread;
  readonly migrate: Spread;
  /** The part of a live migration during which the guest stands still; at most its whole time. */
  readonly migrateDowntimeMs: number;
  /** Of live migrations that copy memory; absent: they take `migrate` and `migrateDowntimeMs`. */
  readonly migration?: MigrationSettings;
  readonly destroy: Spread;
  /** From the loss or return of a node until the Node Monitor hears of it. */
  readonly nodeDetectionMs: number;
  /** Absent: after `nodeDetectionMs`. */
  readonly heartbeats?: HeartbeatSettings;
  /** Absent: nodes are never switched off. */
  readonly standby?: StandbySettings;
  /** Absent: none are made, and whatever begins again does so anew. */
  readonly checkpoints?: CheckpointSettings;
  /** From the moment a guest hangs until the VM Monitor notices. */
  readonly hangDetectionMs: number;
  /** How busy guests keep their virtual CPUs: drawn per VM, evenly between the two, in thousandths. */
  readonly guestLoadPermille: { readonly min: number; readonly max: number };
  /** How it changes, about what was drawn; absent: it does not. */
  readonly guestLoadProcess?: LoadProcess;
  /** Instead of both: each VM has a trace, the one that its guest names or one that is drawn. Absent: none. */
  readonly tracedLoads?: TracedLoads;
  /** Share of the guests that have no tools, 0..1: these can be neither suspended nor moved while they run, and are not asked to shut down. */
  readonly guestsWithoutTools: number;
}

/** How long something is up and down, in the mean; Infinity: for ever. */
export interface MeanTimes {
  readonly mtbfMs: number;
  readonly mttrMs: number;
}

/** Faults drawn at random; a mean of Infinity means never. All times are exponential. */
export interface FaultSettings {
  readonly nodeMtbfMs: number;
  /** Infinity: a node that is lost never returns. */
  readonly nodeMttrMs: number;
  /** Of nodes of some groups in place of these two. Absent: none differ. */
  readonly nodesOfGroup?: Readonly<Record<string, MeanTimes>>;
  /** What the nodes of a group have in common, such as a switch, fails and comes back by itself. Absent: never. */
  readonly groupMtbfMs?: number;
  /** Infinity: never. */
  readonly groupMttrMs?: number;
  /** Chance of each of its nodes to go with it, 0..1. Absent: 1. */
  readonly groupShare?: number;
  /** Chance that a VM does not come up when it is started, 0..1, beside that of any operation. Absent: 0. */
  readonly bootFailure?: number;
  /** Per running VM. */
  readonly guestCrashMtbfMs: number;
  readonly guestHangMtbfMs: number;
  /** Chance that one hypervisor operation fails, 0..1. */
  readonly operationFailure: number;
  /** Chance that a suspension, a live migration or a reboot is refused, 0..1: the VM runs on, and the same is refused until it restarts. */
  readonly operationRefusal: number;
  /** Chance that an operation cannot begin at present, 0..1; drawn at each try. */
  readonly operationWait: number;
}
