// Serves the built portal: its page for every address outside /OpenPEX, its files for what they are.
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A name under assets/ changes with what is in it. */
const ASSET_AGE_MS = 365 * 86_400_000;

/** @param folder null: there is no portal, and the address says where the API is */
export async function servePortal(app: FastifyInstance, folder: string | null): Promise<void> {
  const options = { config: { access: 'anyone' as const }, schema: { hide: true } };
  if (folder === null) {
    app.get('/', options, async (_request, reply) =>
      reply
        .type('text/plain; charset=utf-8')
        .send('OpenPEX. The API is at /OpenPEX, its description at /OpenPEX/openapi.json.\n'),
    );
    return;
  }
  const files = await filesOf(folder);
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, preCompressed: true });
  app.get('/*', options, async (request, reply) => {
    const path = pathOf(request);
    if (files.has(path) && path !== 'index.html') return sendFile(path, reply);
    if (path !== 'index.html' && !isPage(path, request)) return reply.callNotFound();
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
}

function pathOf(request: FastifyRequest): string {
  const { '*': path } = Object(request.params) as { readonly '*'?: string };
  return path === undefined || path === '' ? 'index.html' : path;
}

/** The portal finds its pages by itself; a path that looks like a file is a file, and those of the API are its own. */
function isPage(path: string, { headers }: FastifyRequest): boolean {
  const last = path.slice(path.lastIndexOf('/') + 1);
  return !/^openpex(\/|$)/i.test(path) && !last.includes('.') && (headers.accept ?? '').includes('text/html');
}

function sendFile(path: string, reply: FastifyReply): FastifyReply {
  const isAsset = path.startsWith('assets/');
  reply.header('cache-control', isAsset ? `public, max-age=${ASSET_AGE_MS / 1000}, immutable` : 'no-cache');
  return reply.sendFile(path);
}

/** Of compressed files, which are sent in place of others to who takes them. */
const COMPRESSED = /\.(br|gz)$/;

/** Relative to the folder, with slashes. What is not among them is not served by its name. */
async function filesOf(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return new Set(
    entries
      .filter((entry) => entry.isFile() && !COMPRESSED.test(entry.name))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
}
