#!/usr/bin/env bash
# RxJS, a simulation on VirtualTimeScheduler slows down with the square of what is pending.
# One would expect the queue of a discrete-event scheduler to be a heap: some log2(n) comparisons for each event that is scheduled. It is an
# array that is sorted anew, whole, for every action: n timers, given in the order of their times, take n(n-1)/2 comparisons. With 2,000
# timers that is a thousand for each, where a heap needs one for what comes in order. It matters to whoever replays a workload of 100,000 requests with one timer a row: feed the rows one by one, or bring an
# own scheduler. Counted, not timed. Version: rxjs 7.8.2, Node 20.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts rxjs@7.8.2

seen=$(node --input-type=module - <<'JS'
import { timer, VirtualTimeScheduler } from 'rxjs';

let comparisons = 0;
const sort = Array.prototype.sort;
Array.prototype.sort = function (order) {
  return sort.call(this, (a, b) => {
    comparisons += 1;
    return order(a, b);
  });
};
for (const timers of [500, 1000, 2000]) {
  comparisons = 0;
  const scheduler = new VirtualTimeScheduler();
  let fired = 0;
  for (let ms = 0; ms < timers; ms += 1)
    timer(ms, scheduler).subscribe(() => {
      fired += 1;
    });
  const whileScheduling = comparisons;
  scheduler.flush();
  console.log(`${timers} timers, ${fired} fired: ${whileScheduling} comparisons, ${comparisons - whileScheduling} more while running`);
}
JS
)
expected='500 timers, 500 fired: 124750 comparisons, 0 more while running
1000 timers, 1000 fired: 499500 comparisons, 0 more while running
2000 timers, 2000 fired: 1999000 comparisons, 0 more while running'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: rxjs 7.8.2 compares n(n-1)/2 times to schedule n timers in virtual time'
