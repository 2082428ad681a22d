// The version of OpenPEX, from package.json: beside cli/ in the sources, one level up from dist/cli when compiled.
import { readFileSync } from 'node:fs';

const here = import.meta.url;
const manifest = new URL(here.endsWith('.ts') ? '../package.json' : '../../package.json', here);

export const VERSION: string = (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
