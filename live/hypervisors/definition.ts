// How a hypervisor presents itself: its name, its settings, what it knows by itself, and how to open it. Each is a file or a folder
// here, and one line of catalogue.ts; docs/writing-a-hypervisor.md walks through a small one.
import type { Static, TObject } from 'typebox';
import type { ClusterSpec, HostTimers, VmSpec } from '../../engine/index.ts';
import type { LimitsOfNodes } from '../../scenarios/schema/cluster.ts';
import type { WrittenDocument } from '../../written/document.ts';
import type { Environment } from '../../written/variables.ts';
import type { Problem } from '../../written/written-value.ts';
import type { TemplateRecord } from '../records.ts';
import type { Hypervisor } from './hypervisor.ts';

export interface HypervisorDefinition<O extends TObject = TObject> {
  /** As `--hypervisor` takes it: lower case with hyphens, unique. */
  readonly name: string;
  /** What `--hypervisor` took for it in earlier versions. */
  readonly aliases?: readonly string[];
  /** One line, shown by `openpex live --help`. */
  readonly summary: string;
  /** The key of its settings in a configuration; a configuration that has it chooses this hypervisor. Default: its name. */
  readonly section?: string;
  /** Its settings: each with a description, and with a default or `Type.Optional`, unless it has to be written. None: it has no section. */
  readonly options: O;
  /** Settings that `openpex live` takes as options too. Giving one chooses this hypervisor. */
  readonly flags?: readonly SettingFlag[];
  /** Nothing of it is real: it lives on the clock of the service, at any speed, and its carriers have `faults`. */
  readonly isSimulated?: boolean;
  /** It knows which nodes there are: a configuration may leave out its `cluster`. */
  readonly knowsNodes?: boolean;
  /** `openpex SECTION doctor`. */
  readonly doctor?: Doctor<O>;
  /**
   * Checks the settings as far as a schema cannot, with a look at the hypervisor where that helps. Changes nothing; called once before a
   * service starts, and by `openpex live init`.
   * @param options complete, and of the form of the schema
   * @throws InputError with the place of what has to change
   */
  configure(
    options: Static<O>,
    configuration: Configuration,
  ): ConfiguredHypervisor | Promise<ConfiguredHypervisor>;
}

/** Infers the type of the options from their schema. */
export function hypervisor<O extends TObject>(definition: HypervisorDefinition<O>): HypervisorDefinition<O> {
  return definition;
}

/** A setting that can be given on the command line. */
export interface SettingFlag {
  /** `pool` for `--pool`. */
  readonly name: string;
  /** Its key in the section. */
  readonly setting: string;
  readonly type: 'string' | 'boolean';
  readonly describe: string;
  /** A value to show in the help. */
  readonly example?: string;
}

/** Where the settings of a hypervisor are written: what complaints and secrets need. */
export interface Configuration {
  readonly document: WrittenDocument;
  readonly env: Environment;
}

/** A hypervisor with its settings, not opened yet. */
export interface ConfiguredHypervisor {
  /** For a configuration without `cluster`: one in the words of a scenario, and where it comes from, for messages. */
  readonly discovered?: { readonly cluster: object; readonly origin: string };
  /** What VMs can be made from, instead of the `templates` of the configuration. */
  readonly templates?: readonly TemplateRecord[];
  /**
   * What some of these nodes cannot do, as far as it is known: `cluster.limits` in the words of a scenario, for a configuration that does
   * not say so itself. What is not known is learned from refusals.
   */
  limitsOf?(nodeIds: readonly string[]): readonly LimitsOfNodes[];
  /** What is wrong with carrying VMs on these nodes. Default: nothing. */
  problemsOfNodes?(nodeIds: readonly string[]): readonly Problem[];
  /** @throws InputError when it cannot be reached; nothing is left open then */
  open(parts: OpenParts): Promise<Hypervisor>;
}

export interface OpenParts {
  readonly cluster: ClusterSpec;
  /** Must not change anything by itself; no operation will be asked of its dispatchers. */
  readonly isHandsOff: boolean;
  readonly notes: Notes;
  readonly logins: Logins;
  readonly log: HypervisorLog;
  /** The machine's clock and timers: to wait in, where the hypervisor is not asked in the time of the service. */
  readonly host: HostTimers;
}

/** What the users of VMs want to have in them, for a hypervisor that can put it there. */
export interface Logins {
  /** Asked when a VM is made. */
  of(vm: Pick<VmSpec, 'reservationId' | 'userId'>): Promise<GuestLogin>;
}

export interface GuestLogin {
  /** Public keys, as lines of an authorized_keys file. */
  readonly sshKeys: readonly string[];
  /** For cloud-init; null: none. */
  readonly userData: string | null;
}

/** A few small facts, as JSON values, that outlive the daemon: they lie in the database of the service. */
export interface Notes {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
}

/** Where a hypervisor tells operators what happens to it. */
export interface HypervisorLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface Doctor<O extends TObject = TObject> {
  /** Whom it looks after, in the middle of a sentence: "a Xen pool". */
  readonly patient: string;
  /** Settings that the command takes as options; the first one is its argument. */
  readonly flags: readonly [SettingFlag, ...SettingFlag[]];
  /**
   * Looks at everything that a service needs. Changes nothing.
   * @throws InputError when it cannot be reached
   */
  examine(options: Static<O>, configuration: Configuration): Promise<readonly Finding[]>;
}

export interface Finding {
  /** warning: it works, but not in every case. problem: VMs will not be carried as promised. */
  readonly level: 'ok' | 'warning' | 'problem';
  readonly subject: string;
  /** One line: what is so, and what to do where something is amiss. */
  readonly message: string;
}
