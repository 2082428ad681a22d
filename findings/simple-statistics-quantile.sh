#!/usr/bin/env bash
# simple-statistics, a patch release that changes percentiles.
# One would expect 7.8.8 and 7.8.9 to give one answer to one question. They do not: up to 7.8.8 `quantile`, `quantileSorted` and
# `interquartileRange` take a value of the sample (or the middle of two), from 7.8.9 on they interpolate linearly between neighbours, as R does
# by default. The median stays, so a glance does not show it; the 95th percentile of the ten values 10, 20, ..., 100 falls from 100 to 95.5.
# It matters to whoever puts latency or waiting time percentiles into a paper: a range such as ^7.8.0 gives figures that cannot be compared,
# most so in the tails of small samples. Versions: 7.8.8, 7.8.9 and 7.12.1, Node 20.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts \
  before@npm:simple-statistics@7.8.8 after@npm:simple-statistics@7.8.9 later@npm:simple-statistics@7.12.1

seen=$(node --input-type=module - <<'JS'
import * as before from 'before';
import * as after from 'after';
import * as later from 'later';

const waits = Array.from({ length: 10 }, (_, index) => (index + 1) * 10);
for (const library of [before, after, later]) {
  const [p50, p75, p95] = [0.5, 0.75, 0.95].map((p) => library.quantile(waits, p).toFixed(2));
  console.log(`p50 ${p50} p75 ${p75} p95 ${p95} iqr ${library.interquartileRange(waits).toFixed(2)}`);
}
JS
)
expected='p50 55.00 p75 80.00 p95 100.00 iqr 50.00
p50 55.00 p75 77.50 p95 95.50 iqr 45.00
p50 55.00 p75 77.50 p95 95.50 iqr 45.00'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '7.8.8, 7.8.9, 7.12.1:\n%s\n' "$seen"
echo 'seen: the 95th percentile of 10, 20, ..., 100 is 100 in simple-statistics 7.8.8 and 95.5 in 7.8.9'
