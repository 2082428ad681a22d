// The default place of a run: named so that runs which one wants to compare do not replace each other.

/** Name, seed, and what the command line changed: `campus-month-seed7-allocation=best-fit`. Safe as a file name. */
export function runName(
  {
    calibrated,
    policy,
    set,
  }: {
    readonly calibrated?: string | undefined;
    readonly policy: readonly string[];
    readonly set: readonly string[];
  },
  { name, seed }: { readonly name: string; readonly seed: number },
): string {
  const machines =
    calibrated === undefined ? [] : [`calibrated=${calibrated.replace(/\.(ya?ml|json)$/, '')}`];
  const changes = [
    ...machines,
    ...policy,
    ...set.map((setting) => setting.replace(/^[^=]*[.\]](?=[^.\]=]+=)/, '')),
  ];
  return [`${name}-seed${seed}`, ...changes.map(asFileName)].join('-').slice(0, LONGEST);
}

const LONGEST = 120;

function asFileName(text: string): string {
  return text
    .replace(/^([^=]*=)(?:.*[/\\])?([^/\\]*?)(?:\.[cm]?[jt]s)?$/, '$1$2')
    .replace(/[^\w.=+-]+/g, '_')
    .replace(/^_+|_+$/g, '');
}
