#!/usr/bin/env bash
# jStat, two confidence intervals of one sample that rest on two standard deviations.
# One would expect `normalci` and `tci`, given the same replications, to differ by the quantile alone: 1.96 for the one, Student's t for the
# other. Given an array, `tci` divides the squares by n - 1, `normalci` by n; `variance` divides by n and `covariance` of a sample with itself
# by n - 1. With five replications of a simulation, which is common, `normalci` is too narrow by a further 11 % (the square root of 4/5).
# It matters to whoever compares policies by whether intervals overlap. Give the standard deviation and the count instead of the array, or
# use `tci`. Version: jstat 1.9.6, Node 20.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts jstat@1.9.6

seen=$(node --input-type=module - <<'JS'
import jstat from 'jstat';

const { jStat } = jstat;
const waits = [10, 12, 14, 16, 18];
const mean = jStat.mean(waits);
const sample = jStat.stdev(waits, true);
const half = ([from, to]) => ((to - from) / 2).toFixed(3);
console.log(`variance ${jStat.variance(waits)}, covariance with itself ${jStat.covariance(waits, waits)}`);
console.log(`normalci: ${half(jStat.normalci(mean, 0.05, waits))} of the array, ${half(jStat.normalci(mean, 0.05, sample, 5))} of deviation and count`);
console.log(`tci: ${half(jStat.tci(mean, 0.05, waits))} of the array, ${half(jStat.tci(mean, 0.05, sample, 5))} of deviation and count`);
JS
)
expected='variance 8, covariance with itself 10
normalci: 2.479 of the array, 2.772 of deviation and count
tci: 3.926 of the array, 3.926 of deviation and count'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: jstat 1.9.6 divides by n in normalci of an array and by n - 1 in tci of the same array'
