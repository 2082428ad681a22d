// A program: runs command lines of openpex one after the other, each in its folder and as if it were the only one, and prints how each ended.
// Arguments: the compiled command, and the command lines as JSON.
import process from 'node:process';

const [, , main, commandLines] = process.argv;
const streams = { stdout: process.stdout.write, stderr: process.stderr.write };
const finished = [];
for (const [i, { args, cwd }] of JSON.parse(commandLines).entries()) {
  const said = { stdout: '', stderr: '' };
  for (const name of Object.keys(streams)) {
    process[name].write = (text, ...rest) => {
      said[name] += text;
      // Who waits for it hears that it is written.
      rest.at(-1)?.call?.();
      return true;
    };
  }
  process.chdir(cwd);
  process.argv = [process.argv[0], main, ...args];
  process.exitCode = undefined;
  // What it imports is loaded once; it runs itself when it is imported under a name of its own.
  await import(`${main}?${i}`);
  finished.push({ code: process.exitCode ?? 0, ...said });
  Object.assign(process.stdout, { write: streams.stdout });
  Object.assign(process.stderr, { write: streams.stderr });
  // Should the next one stall, this is where.
  process.stderr.write(`${args.join(' ')}: ended\n`);
}
process.exitCode = 0;
process.stdout.write(JSON.stringify(finished));
