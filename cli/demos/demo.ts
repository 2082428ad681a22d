// What a demonstration is: a story of the live service, told as it happens.

export interface DemoWorld {
  /** A line of what happens. */
  readonly print: (line: string) => void;
  /** A folder that exists, for the files that it is told with; undefined: they are gone afterwards. */
  readonly leaveIn: string | undefined;
  readonly version: string;
}

export interface Demo {
  /** As it is asked for. */
  readonly name: string;
  readonly summary: string;
  tell(world: DemoWorld): Promise<void>;
}
