// Which service a command of a user speaks to, and in whose name: by options and by the environment, so that no secret stands on the command line.
import type { Argv } from 'yargs';
import { OpenPexClient } from '../live/client/index.ts';
import { InputError } from '../written/input-error.ts';
import { askSecret } from './terminal.ts';

export interface ServiceArguments {
  url?: string | undefined;
  user?: string | undefined;
  json: boolean;
}

export function serviceOptions<A>(yargs: Argv<A>) {
  return yargs
    .option('url', {
      type: 'string',
      describe: 'Of the service [default: $OPENPEX_URL, or http://127.0.0.1:8080]',
    })
    .option('user', {
      type: 'string',
      describe: 'Log in by name [default: $OPENPEX_USER] and password instead of by a token',
    })
    .option('json', { type: 'boolean', default: false, describe: 'Print what the service answered as JSON' })
    .epilogue(
      'A token in OPENPEX_TOKEN says who asks (the portal makes one: Account, Tokens). Without one, --user and the password in OPENPEX_PASSWORD, ' +
        'or typed when it is asked for.',
    );
}

/** @throws InputError when nothing says who asks, or where */
export async function serviceOf({ url, user }: ServiceArguments): Promise<OpenPexClient> {
  const { OPENPEX_PASSWORD, OPENPEX_TOKEN, OPENPEX_URL, OPENPEX_USER } = process.env;
  const address = url ?? OPENPEX_URL ?? 'http://127.0.0.1:8080';
  if (!/^https?:\/\/[^/]/.test(address))
    throw new InputError(
      'PEX_USAGE',
      `--url: expected an address such as https://pex.example.org, found "${address}"`,
    );
  if (user === undefined && OPENPEX_TOKEN) return new OpenPexClient({ url: address, token: OPENPEX_TOKEN });
  const name = user ?? OPENPEX_USER;
  if (name === undefined)
    throw new InputError('PEX_USAGE', 'who asks? Set OPENPEX_TOKEN to a token of yours, or say --user NAME');
  const password = OPENPEX_PASSWORD ?? (await askSecret(`Password of ${name}: `));
  return new OpenPexClient({ url: address, user: { name, password } });
}
