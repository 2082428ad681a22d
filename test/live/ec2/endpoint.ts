// The EC2 interface on the service of the API's tests: a provider of one node or more, a clock that stands still, and a real port, since
// the clients are real.
import type { AddressInfo } from 'node:net';
import { toServiceError } from '../../../live/api/problem-document.ts';
import { AccessKeyStore } from '../../../live/database/access-key-store.ts';
import { Ec2Store } from '../../../live/database/ec2-store.ts';
import { Journal } from '../../../live/database/journal.ts';
import { ec2Api } from '../../../live/ec2/ec2-api.ts';
import { Turns } from '../../../live/turns.ts';
import { type Testbed, type TestbedOptions, testbed } from '../api/testbed.ts';

export interface Ec2Endpoint {
  readonly bed: Testbed;
  readonly url: string;
  readonly port: number;
  /** Of a user of the testbed. */
  key(username: string, expiresMs?: number): Promise<Key>;
}

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const DAY_MS = 86_400_000;

export async function ec2Endpoint(
  options: TestbedOptions & {
    readonly realNow?: () => number;
  } = {},
): Promise<Ec2Endpoint> {
  const { realNow = Date.now, ...rest } = options;
  const bed = await testbed(
    {},
    {
      ...rest,
      besides: ({ accounts, database, reservations, service }) => [
        ec2Api({
          service,
          accounts,
          reservations,
          journal: new Journal(database),
          keys: new AccessKeyStore(database),
          store: new Ec2Store(database),
          turns: new Turns(),
          lastingMs: DAY_MS,
          realNow,
          toServiceError: (error) => toServiceError(error, service),
        }),
      ],
    },
  );
  await bed.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = bed.app.server.address() as AddressInfo;
  const keys = new AccessKeyStore(bed.database);
  return {
    bed,
    port,
    url: `http://127.0.0.1:${port}`,
    async key(username, expiresMs) {
      const userId = ['alice', 'bob', 'olga'].indexOf(username) + 1;
      const { record, secret } = await keys.create({
        userId,
        createdMs: 0,
        expiresMs: expiresMs ?? null,
      });
      return { accessKeyId: record.accessKeyId, secretAccessKey: secret };
    },
  };
}
