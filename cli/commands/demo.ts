// openpex demo: the live service at work, in one command and no time.
import { mkdir } from 'node:fs/promises';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { DEMOS } from '../demos/catalogue.ts';
import { VERSION } from '../version.ts';

interface DemoArguments {
  name: string;
  out?: string | undefined;
}

export const demoCommand: CommandBody<DemoArguments> = {
  builder: (yargs) =>
    yargs
      .positional('name', {
        type: 'string',
        demandOption: true,
        choices: DEMOS.map(({ name }) => name),
        describe: DEMOS.map(({ name, summary }) => `${name}: ${summary}`).join('; '),
      })
      .option('out', {
        type: 'string',
        describe: 'Leave its configuration and its manifest in this folder, to go on with',
      })
      .example('$0 demo two-sites', 'Elasticity rules, two sites and a bill, in simulated time')
      .example('$0 demo two-sites --out demo', 'The same; then openpex live demo/openpex.yaml --speed 60'),
  handler: async ({ name, out }) => {
    if (out !== undefined) {
      await mkdir(out, { recursive: true }).catch((cause) => {
        throw new InputError(
          'PEX_FILE_UNWRITABLE',
          `cannot be made: ${String(cause)}`,
          { file: out },
          { cause },
        );
      });
    }
    const demo = DEMOS.find((one) => one.name === name)!;
    await demo.tell({
      leaveIn: out,
      print: (line) => process.stdout.write(`${line}\n`),
      version: VERSION,
    });
  },
};
