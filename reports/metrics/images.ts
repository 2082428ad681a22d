// What is sent to the nodes before leases begin there: how long the link of the repository is busy with it, and how often nothing need be sent.
import type { EventOf } from '../../engine/index.ts';
import { ratio } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

export interface ImageFigures {
  readonly transfers: number;
  readonly sendingMs: number;
  /** Nodes on which leases began with an image that is sent, and of these those to which it was not sent for that lease. */
  readonly nodes: number;
  readonly reused: number;
}

class ImageMeter implements Meter<ImageFigures> {
  readonly #measuredFromMs: number;
  #transfers = 0;
  #sendingMs = 0;
  /** Of the transfer that began last. */
  #untilMs = 0;
  #nodes = 0;
  #reused = 0;

  constructor(measuredFromMs: number) {
    this.#measuredFromMs = measuredFromMs;
  }

  readonly hears = {
    'image-transfer-begun': ({ atMs, untilMs }: EventOf<'image-transfer-begun'>) => {
      if (atMs < this.#measuredFromMs) return;
      this.#transfers += 1;
      this.#sendingMs += untilMs - atMs;
      this.#untilMs = untilMs;
    },
    'image-supplied': ({ atMs, nodes, sent }: EventOf<'image-supplied'>) => {
      if (atMs < this.#measuredFromMs) return;
      this.#nodes += nodes;
      this.#reused += nodes - sent;
    },
  };

  finish(endMs: number): ImageFigures {
    const sendingMs = this.#sendingMs - Math.max(0, this.#untilMs - endMs);
    return { transfers: this.#transfers, sendingMs, nodes: this.#nodes, reused: this.#reused };
  }
}

export const images = metric({
  name: 'images',
  over: 'by instant',
  start: ({ measuredFromMs }: StreamStart) => new ImageMeter(measuredFromMs),
  summary: {
    imageTransfers: {
      means: 'images that began to be sent to nodes (`manager.images`), each to one or more of them',
      of: ({ transfers }) => transfers,
    },
    imageTransferMs: {
      unit: 'ms',
      means: 'how long the link of the repository was busy with them',
      of: ({ sendingMs }) => sendingMs,
    },
    imageNodes: {
      means: 'nodes on which leases began with an image that has to be there, each lease counted',
      of: ({ nodes }) => nodes,
    },
    imageReuseShare: {
      means:
        'of these, the share to which nothing was sent for that lease: the node had the image, or got it for another lease; null when there are none',
      of: ({ nodes, reused }) => ratio(reused, nodes),
    },
  },
});
