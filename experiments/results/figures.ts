// The figures of one run as a flat row, by the dotted names that people write: `utilisation.cpu.busy`.
import { type Summary, summaryFields, WALL_CLOCK_FIELDS } from '../../reports/summary.ts';
import { suggestion } from '../../written/suggestion.ts';

/** A number, or null where there was nothing to measure. */
export type Figure = number | null;

/** What says which run it was, and is a column of its own or none. */
const NOT_FIGURES: readonly string[] = [
  ...WALL_CLOCK_FIELDS,
  'scenario',
  'seed',
  'version',
  'digest',
  'end',
  'start',
  'measuredFrom',
  'measuredUntil',
];

/** Every figure of a summary, in its order; nothing that depends on the machine. */
export function figuresOf(summary: Summary): ReadonlyMap<string, Figure> {
  const figures = new Map<string, Figure>();
  const visit = (name: string, value: unknown): void => {
    if (typeof value === 'number' || value === null) figures.set(name, value);
    else if (typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, part] of Object.entries(value as object)) visit(`${name}.${key}`, part);
    }
  };
  for (const [key, value] of Object.entries(summary)) if (!NOT_FIGURES.includes(key)) visit(key, value);
  return figures;
}

/**
 * What is wrong with the name of a figure, seen before any run by its first part, of one provider by the first after its name
 * (`providers.private.revenue`): what is below depends on the run. Undefined: nothing.
 */
export function problemOfFigure(name: string): string | undefined {
  const known = summaryFields().map(([key]) => key);
  const [first, provider, ofProvider] = name.split('.');
  if (first === 'providers') {
    if (provider !== undefined && ofProvider !== undefined && known.includes(ofProvider)) return undefined;
    return `"${name}" is no figure of a provider; expected providers.NAME.FIGURE, such as providers.private.revenue${suggestion(ofProvider ?? '', known)}`;
  }
  return known.includes(first!)
    ? undefined
    : `summary.json has no figure "${name}"${suggestion(first!, known)}`;
}

/**
 * What is wrong with the provider that the name of a figure names. Undefined: nothing.
 * @param names of providers in runs that have several
 */
export function problemOfProvider(name: string, names: readonly string[]): string | undefined {
  const [first, provider = '', ...ofProvider] = name.split('.');
  if (first !== 'providers' || names.includes(provider)) return undefined;
  return names.length === 0
    ? `"${name}" is of one of several providers, and there is one; expected ${ofProvider.join('.')}`
    : `there is no provider "${provider}"${suggestion(provider, names)}`;
}
