// Which hypervisor a configuration and the command line mean, and its settings in them.
import type { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import { findHypervisor, type HypervisorCatalogue, sectionOf } from '../hypervisors/catalogue.ts';
import type { HypervisorDefinition } from '../hypervisors/definition.ts';

/** What the command line says about hypervisors. */
export interface Asked {
  /** One of the catalogue. */
  readonly hypervisor?: string;
  /** Values of their flags, by name. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** @returns the one that the command line names, or one of whose flags it has */
export function askedHypervisor(
  hypervisors: HypervisorCatalogue,
  { flags = {}, hypervisor }: Asked,
): HypervisorDefinition | undefined {
  if (hypervisor !== undefined) return findHypervisor(hypervisors, hypervisor);
  return hypervisors.find((entry) => entry.flags?.some(({ name }) => flags[name] !== undefined));
}

/**
 * @returns the one whose section the configuration has, else the first of the catalogue
 * @throws InputError PEX_CONFIG_INVALID when it has sections of several
 */
export function writtenHypervisor(
  hypervisors: HypervisorCatalogue,
  document: WrittenDocument,
): HypervisorDefinition {
  const [chosen, other] = hypervisors.filter((entry) => writtenSection(entry, document) !== undefined);
  if (chosen !== undefined && other !== undefined) {
    throw new InputError(
      'PEX_CONFIG_INVALID',
      `has settings of ${chosen.name} and of ${other.name}; say which one with --hypervisor`,
      document.placeOf([sectionOf(other) ?? '']),
    );
  }
  return chosen ?? hypervisors[0];
}

/** Lays the flags over the configuration. */
export function setFlags(
  hypervisors: HypervisorCatalogue,
  flags: Readonly<Record<string, unknown>>,
  document: WrittenDocument,
): void {
  for (const entry of hypervisors) {
    for (const { name, setting } of entry.flags ?? []) {
      const value = flags[name];
      if (value !== undefined) document.set([sectionOf(entry) ?? entry.name, setting], value, `--${name}`);
    }
  }
}

/**
 * Its settings, complete and of the form that it asks for.
 * @throws InputError PEX_CONFIG_INVALID
 */
export function hypervisorOptions(
  entry: HypervisorDefinition,
  document: WrittenDocument,
): Record<string, unknown> {
  const section = sectionOf(entry);
  if (section === undefined) return {};
  const written = writtenSection(entry, document);
  const completed = complete(entry.options, written ?? {});
  const problems = findProblems(entry.options, completed, [section]);
  if (problems.length === 0) return completed as Record<string, unknown>;
  if (written !== undefined) throw document.error('PEX_CONFIG_INVALID', problems);
  const flags = (entry.flags ?? []).map(({ name }) => `, or give --${name}`).join('');
  throw new InputError(
    'PEX_CONFIG_INVALID',
    `the hypervisor ${entry.name} needs a section \`${section}\`${flags}`,
    document.placeOf([]),
  );
}

function writtenSection(entry: HypervisorDefinition, document: WrittenDocument): unknown {
  const section = sectionOf(entry);
  return section === undefined ? undefined : document.get([section]);
}
