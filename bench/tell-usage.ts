// Loaded before a program that is measured as a whole: when it ends it tells what it has used, in the file that the benchmark names.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage();
  const path = process.env['OPENPEX_BENCH_USAGE'];
  if (path !== undefined)
    writeFileSync(
      path,
      JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMib: maxRSS / 1024 }),
    );
});
