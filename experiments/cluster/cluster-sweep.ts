// A sweep as a scheduler of machines has to know it.

export interface ClusterSweep {
  readonly name: string;
  /** The directory of the sweep, absolute, as all machines see it. */
  readonly path: string;
  /** How many parts the runs are dealt to. */
  readonly tasks: number;
  /** What runs OpenPEX on this machine: the words of a command. */
  readonly program: readonly string[];
  /** Of the container. */
  readonly image: string;
}

/** Contents by the name of the file. */
export type ClusterFiles = Readonly<Record<string, string>>;
