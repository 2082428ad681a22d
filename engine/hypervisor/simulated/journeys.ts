// Live migrations of the simulated hypervisor that copy memory, and the disk between sites: what a guest is like on its way, and the links that it goes over.
import type { Clock } from '../../clock/clock.ts';
import { linkBetween } from '../../domain/site.ts';
import type { Rng } from '../../random/rng.ts';
import type { Guests } from './guests.ts';
import { migrationModel } from './migration/catalogue.ts';
import { type Course, type GuestMemory, PAGE_BYTES, pagesOf } from './migration/course.ts';
import { type GuestDisk, withDisk } from './migration/disk.ts';
import { overDistance } from './migration/distance.ts';
import { MigrationLinks } from './migration/migration-links.ts';
import type { MigrationSettings } from './migration/migration-settings.ts';
import type { Told } from './operation.ts';
import type { SimulatedVm } from './simulated-vm.ts';

const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;

export class Journeys {
  readonly #settings: MigrationSettings;
  readonly #rng: Rng;
  readonly #guests: Pick<Guests, 'standStill' | 'arrive'>;
  readonly #links: MigrationLinks;

  private constructor(clock: Clock, settings: MigrationSettings, rng: Rng, guests: Guests) {
    this.#settings = settings;
    this.#rng = rng;
    this.#guests = guests;
    this.#links = new MigrationLinks(clock, settings);
  }

  /** @returns undefined when migrations take a time that is set */
  static of(
    clock: Clock,
    settings: MigrationSettings | undefined,
    rng: Rng,
    guests: Guests,
  ): Journeys | undefined {
    if (settings === undefined || migrationModel(settings.model).course === undefined) return undefined;
    return new Journeys(clock, settings, rng, guests);
  }

  /** From its host to its destination. @returns what stops it */
  begin(vm: SimulatedVm, done: (told: Told) => void): { cancel(): void } {
    const from = vm.host!.spec;
    const to = vm.destination!.spec;
    const link = linkBetween(from.site, to.site);
    return this.#links.begin({
      from: from.nodeId,
      to: to.nodeId,
      ...(link !== undefined && {
        between: { name: `${from.site!.name} to ${to.site!.name}`, bytesPerS: link.bytesPerS },
      }),
      course: this.#courseOf(vm),
      compression: this.#settings.compression,
      onGuest: (place) => {
        if (place === 'nowhere') this.#guests.standStill(vm);
        else this.#guests.arrive(vm);
        vm.isSplit = place === 'split';
      },
      onEnd: ({ downtimeS, outcome, wireBytes }) =>
        done({
          downtimeMs: Math.round(downtimeS * 1000),
          sentBytes: Math.round(wireBytes),
          isConverged: outcome.isConverged,
        }),
    });
  }

  #courseOf(vm: SimulatedVm): Course {
    const settings = this.#settings;
    const from = vm.host!.spec;
    const to = vm.destination!.spec;
    const link = linkBetween(from.site, to.site);
    const course = migrationModel(settings.model).course!({
      memory: this.#memoryOf(vm),
      linkBytesPerS: Math.min(settings.linkBytesPerS, link?.bytesPerS ?? Number.POSITIVE_INFINITY),
      settings,
    });
    if (link === undefined) return course;
    const isDiskThere = from.limits?.storage === to.limits?.storage;
    return overDistance(isDiskThere ? course : withDisk(course, this.#diskOf(vm), settings.disk), link);
  }

  /** The same of a VM each time, whatever else happens. */
  #diskOf({ spec: { demand, vmId } }: SimulatedVm): GuestDisk {
    const { disk } = this.#settings;
    const between = this.#betweenOf('disk', vmId);
    const bytes = demand.diskGib * GIBIBYTE * between(disk.inUse);
    return {
      bytes,
      writtenBytesPerS: between(disk.writtenBytesPerS),
      workingSetBytes: bytes * between(disk.workingSet),
    };
  }

  /** The same of a VM each time, whatever else happens. */
  #memoryOf({ spec: { demand, vmId } }: SimulatedVm): GuestMemory {
    const settings = this.#settings;
    const between = this.#betweenOf('memory', vmId);
    const bytes = Math.max(PAGE_BYTES, demand.memoryMib * MEBIBYTE * between(settings.memoryInUse));
    const dirtyPagesPerS = between(settings.dirtyPagesPerS);
    return {
      bytes,
      dirtyPagesPerS,
      workingSetPages: Math.floor(pagesOf({ bytes }) * between(settings.workingSet)),
    };
  }

  /** Draws between two bounds. */
  #betweenOf(what: string, vmId: string): (bounds: { readonly min: number; readonly max: number }) => number {
    const draws = this.#rng.stream(what).stream(vmId);
    return ({ max, min }) => min + (max - min) * draws.next();
  }
}
