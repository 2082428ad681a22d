// The images that VMs are made from, where they are sent to the nodes before leases begin.
import { type Static, Type } from 'typebox';
import { component, HttpDate, InstantMs, nullable, ref } from './field.ts';

/** How far the image of a reservation is. */
export const ImageOnItsWay = Type.Object(
  {
    state: Type.Enum(['waiting', 'sending', 'there'], {
      description:
        'waiting: it is to be sent to some of its nodes; sending: it is on its way to the last of them; there: it is on all',
    }),
    missingNodes: Type.Array(Type.String(), { description: 'Where it is not yet' }),
    from: nullable(HttpDate),
    fromMs: nullable(InstantMs),
    until: nullable(HttpDate),
    untilMs: nullable(InstantMs),
  },
  {
    description:
      'Its image, where images are sent to the nodes (`manager.images`), until it begins: `from` the last of it is sent, at the latest, and it is there `until` then. Absent: nothing is sent for it',
  },
);

export const ImageTransfer = component(
  'ImageTransfer',
  Type.Object({
    template: Type.String({ description: 'Whose image it is' }),
    nodes: Type.Array(Type.String()),
    isBeingSent: Type.Boolean(),
    from: HttpDate,
    fromMs: Type.Integer({ description: 'When it began, or begins at the latest' }),
    until: HttpDate,
    untilMs: InstantMs,
    reservationIds: Type.Array(Type.String(), { description: 'Those that begin with it' }),
  }),
);
export type ImageTransfer = Static<typeof ImageTransfer>;

export const Images = component(
  'Images',
  Type.Object({
    areSent: Type.Boolean({ description: 'Images are sent to the nodes; false: they are there' }),
    kept: Type.Array(
      Type.Object({
        node: Type.String(),
        images: Type.Array(Type.Object({ template: Type.String(), sizeMib: Type.Integer() }), {
          description:
            'What was used last is last; the first makes room first, unless a lease is to begin with it',
        }),
      }),
      { description: 'Nodes that keep images for whoever needs them next' },
    ),
    transfers: Type.Array(ref(ImageTransfer), {
      description: 'What is sent over the link of the repository, in the order of its turn',
    }),
  }),
);
export type Images = Static<typeof Images>;
