// The images that nodes keep for whoever needs them next: up to a size on each, the one that was not used for longest goes first. What somebody
// counts on stays.
export interface CachedImage {
  readonly image: string;
  readonly sizeMib: number;
}

interface Kept extends CachedImage {
  /** How many count on it. */
  pins: number;
}

export class ImageCaches {
  readonly #sizeMib: number;
  /** By node and image; what was used last is last. */
  readonly #kept = new Map<number, Map<string, Kept>>();
  readonly #nodesByImage = new Map<string, Set<number>>();
  /** What was told of nodes, as long as it is so. */
  readonly #told = new Map<number, readonly CachedImage[]>();

  /** @param sizeMib of each node; 0: nothing is kept */
  constructor(sizeMib: number) {
    this.#sizeMib = sizeMib;
  }

  has(node: number, image: string): boolean {
    return this.#nodesByImage.get(image)?.has(node) === true;
  }

  /** Those that have it, in no order that means anything. */
  nodesWith(image: string): ReadonlySet<number> {
    return this.#nodesByImage.get(image) ?? NOBODY;
  }

  /** It has come to a node, where it is kept if what nobody counts on makes enough room. */
  keep(node: number, { image, sizeMib }: CachedImage): void {
    if (this.has(node, image)) return;
    const images = this.#kept.get(node) ?? new Map<string, Kept>();
    const pinnedMib = sizeOf([...images.values()].filter(({ pins }) => pins > 0));
    if (pinnedMib + sizeMib > this.#sizeMib) return;
    this.#told.delete(node);
    let usedMib = sizeOf(images.values());
    for (const other of images.values()) {
      if (usedMib + sizeMib <= this.#sizeMib) break;
      if (other.pins > 0) continue;
      images.delete(other.image);
      this.#nodesByImage.get(other.image)!.delete(node);
      usedMib -= other.sizeMib;
    }
    images.set(image, { image, sizeMib, pins: 0 });
    this.#kept.set(node, images);
    this.#nodesByImage.set(image, (this.#nodesByImage.get(image) ?? new Set<number>()).add(node));
  }

  /** Takes over what a node kept, though it be more than is kept now: what comes next makes it less. */
  restore(node: number, images: readonly CachedImage[]): void {
    this.#told.delete(node);
    this.#kept.set(node, new Map(images.map((each) => [each.image, { ...each, pins: 0 }])));
    for (const { image } of images)
      this.#nodesByImage.set(image, (this.#nodesByImage.get(image) ?? new Set<number>()).add(node));
  }

  /** Somebody counts on it, until {@link unpin}. It must be there. */
  pin(node: number, image: string): void {
    this.#kept.get(node)!.get(image)!.pins += 1;
  }

  unpin(node: number, image: string): void {
    this.#kept.get(node)!.get(image)!.pins -= 1;
  }

  /** It was the last that was used. */
  use(node: number, image: string): void {
    this.#told.delete(node);
    const images = this.#kept.get(node)!;
    const used = images.get(image)!;
    images.delete(image);
    images.set(image, used);
  }

  /** What each node keeps, what was used last last; the same object as before where that has not changed. */
  *list(): Generator<readonly [node: number, images: readonly CachedImage[]]> {
    for (const [node, images] of this.#kept) {
      const told =
        this.#told.get(node) ?? Array.from(images.values(), ({ image, sizeMib }) => ({ image, sizeMib }));
      this.#told.set(node, told);
      yield [node, told];
    }
  }
}

const NOBODY: ReadonlySet<number> = new Set();

function sizeOf(images: Iterable<CachedImage>): number {
  let sizeMib = 0;
  for (const image of images) sizeMib += image.sizeMib;
  return sizeMib;
}
