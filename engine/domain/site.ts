// Where nodes stand. Within a site a migration goes over the links of its nodes; between sites it goes over the link of the two as well.

/** Each way, shared by all migrations between nodes of the two sites. */
export interface SiteLink {
  /** More than 0. */
  readonly bytesPerS: number;
  /** There and back. */
  readonly rttMs: number;
  /** What one migration has under way at most before it is told that it arrived. Infinity: whatever the link carries. */
  readonly windowBytes: number;
}

export interface SiteSpec {
  /** Unique in its cluster. */
  readonly name: string;
  /** By the names of the sites at their other ends. */
  readonly links: Readonly<Record<string, SiteLink>>;
}

/** The link between two sites; undefined: none, or they are one. */
export function linkBetween(from: SiteSpec | undefined, to: SiteSpec | undefined): SiteLink | undefined {
  if (from === undefined || to === undefined || from.name === to.name) return undefined;
  return from.links[to.name];
}
