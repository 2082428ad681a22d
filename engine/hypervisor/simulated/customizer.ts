// A VM that is made as a variation of what there is: of the template that is closest to the one that was asked for, from which features are dropped and to
// which others are added. Read off User Interface-Tenant Selector-Customizer (Ramachandran, Narendra, Ponnalagu 2012; the dissertation, section 2.1): the
// choice of `closest` is its Tenant Selector. Knows nothing of clocks; the hypervisor says what exists.
import type { CustomizerSettings } from './hypervisor-settings.ts';

/** What a VM is made of. */
export interface Origin {
  readonly template: string;
  /** Of all features that it lacks or has too many, one after the other; 0: it is what was asked for. */
  readonly durationMs: number;
}

type Made = { readonly vmId: string; readonly template: string };

export class Customizer {
  readonly #settings: CustomizerSettings;
  readonly #library: ReadonlySet<string>;
  /** VMs that exist, by their template. */
  readonly #existing = new Map<string, Set<string>>();
  /** All templates by how long it takes from each to the one that is asked for, the shortest first. */
  readonly #origins = new Map<string, readonly Origin[]>();

  constructor(settings: CustomizerSettings) {
    this.#settings = settings;
    this.#library = new Set(settings.library);
  }

  /**
   * The template in the library, or of a VM that exists where these count, from which it is the shortest way; of several the first in the order of
   * `featuresByTemplate`. Undefined for a template of which no features are known: it is there as it is. The more there is to choose from, the shorter.
   */
  closest(template: string): Origin | undefined {
    return this.#originsOf(template)?.find((origin) => this.#isThere(origin.template));
  }

  /** A VM exists, and can be varied from now on. */
  made({ template, vmId }: Made): void {
    if (!this.#settings.reuses) return;
    const vmIds = this.#existing.get(template) ?? new Set();
    vmIds.add(vmId);
    this.#existing.set(template, vmIds);
  }

  /** It does not, or no more. */
  gone({ template, vmId }: Made): void {
    this.#existing.get(template)?.delete(vmId);
  }

  #isThere(template: string): boolean {
    return this.#library.has(template) || (this.#existing.get(template)?.size ?? 0) > 0;
  }

  #originsOf(wanted: string): readonly Origin[] | undefined {
    const known = this.#origins.get(wanted);
    if (known !== undefined) return known;
    const { featuresByTemplate } = this.#settings;
    const features = featuresByTemplate.get(wanted);
    if (features === undefined) return undefined;
    const origins = Array.from(featuresByTemplate, ([template, has]) => ({
      template,
      durationMs: this.#durationMs(has, features),
    })).sort((a, b) => a.durationMs - b.durationMs);
    this.#origins.set(wanted, origins);
    return origins;
  }

  #durationMs(from: ReadonlySet<string>, to: ReadonlySet<string>): number {
    const { featureTimes } = this.#settings;
    let durationMs = 0;
    for (const feature of to) if (!from.has(feature)) durationMs += featureTimes.get(feature)!.addMs;
    for (const feature of from) if (!to.has(feature)) durationMs += featureTimes.get(feature)!.dropMs;
    return durationMs;
  }
}
