// /OpenPEX/images, for operators: what nodes keep of images, and what is sent to them.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Service } from '../service/service.ts';
import { ref } from '../wire/field.ts';
import { Images } from '../wire/image.ts';
import { imagesView } from './views.ts';

export interface ImageRoutesParts {
  readonly service: Pick<Service, 'images'>;
}

export function imageRoutes({ service }: ImageRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/images',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listImages',
          summary: 'The images that nodes keep, and those that are sent to them before leases begin',
          tags: ['nodes'],
          response: { 200: ref(Images) },
        },
      },
      async () => imagesView(service.images()),
    );
  };
}
