#!/usr/bin/env bash
# d3-random, the second parameter of a Weibull distribution is no scale.
# One would expect randomWeibull(shape, scale), as a paper on failures or run times gives it and as R and jStat have it. The second parameter
# is a location that is added, the third the scale: shape 2 and scale 3 written the usual way give 3 + W(2, 1), never less than 3, with the
# mean 3.89 instead of 2.66. A shape that is 0 or negative, which is a slip anywhere else, is another family (Gumbel, with negative values;
# Frechet). randomPareto(alpha) has no scale at all: it begins at 1, and further arguments are ignored.
# It matters to whoever generates arrivals, run times or node failures from published parameters: nothing fails, the load is another.
# Drawn by a fixed source of evenly spread numbers, so the figures are the same in every run. Version: d3-random 3.0.2, Node 20.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts d3-random@3.0.2

seen=$(node --input-type=module - <<'JS'
import { randomPareto, randomWeibull } from 'd3-random';

const DRAWS = 100_000;
function show(label, distribution, ...parameters) {
  let drawn = 0;
  const source = () => (drawn++ + 0.5) / DRAWS;
  const draw = distribution.source(source)(...parameters);
  const values = Array.from({ length: DRAWS }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  console.log(`${label}: mean ${mean.toFixed(2)}, ${Math.min(...values) < 0 ? 'some' : 'none'} below 0`);
}
show('Weibull (2, 3)', randomWeibull, 2, 3);
show('Weibull (2, 0, 3)', randomWeibull, 2, 0, 3);
show('Weibull (0)', randomWeibull, 0);
show('Weibull (-3)', randomWeibull, -3);
show('Pareto (3)', randomPareto, 3);
show('Pareto (3, 60)', randomPareto, 3, 60);
JS
)
expected='Weibull (2, 3): mean 3.89, none below 0
Weibull (2, 0, 3): mean 2.66, none below 0
Weibull (0): mean 0.58, some below 0
Weibull (-3): mean 1.35, none below 0
Pareto (3): mean 1.50, none below 0
Pareto (3, 60): mean 1.50, none below 0'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: randomWeibull(2, 3) of d3-random 3.0.2 has the mean 3.89; with 3 as the scale it is 2.66'
