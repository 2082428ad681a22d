#!/usr/bin/env bash
# Slurm, a daily reservation may be laid over one that is there.
# One would expect a recurring reservation to be checked against what is booked, on every day of it that can be foreseen. Only its first window
# is: a DAILY one from day 1 is granted over a reservation of the same node at the same hour of day 2. In the other order the single one is
# refused on days 2 to 7 and granted from day 8 on; then both hold the node at the same time.
# It matters to whoever gives a course its daily hours on a cluster with other bookings: look for overlaps by hand, and book the single ones
# last. Version: Slurm 22.05.8 (Debian 22.05.8-4+deb12u3), a controller with four nodes and no jobs, in UTC.
set -eu
. "$(dirname "$0")/slurm/controller.sh"

day() { date -d "$(date +%F) + $1 days" +%FT12:00:00; }
seen=$(
  echo "n1 once, day 2: $(answer once start="$(day 2)" duration=60 nodes=n1)"
  echo "n1 daily from day 2: $(answer same start="$(day 2)" duration=60 nodes=n1 flags=DAILY)"
  echo "n1 daily from day 1: $(answer daily start="$(day 1)" duration=60 nodes=n1 flags=DAILY)"
  echo "n2 daily from day 1: $(answer first start="$(day 1)" duration=60 nodes=n2 flags=DAILY)"
  for day in 2 7 8; do
    echo "n2 once, day $day: $(answer "later$day" start="$(day "$day")" duration=60 nodes=n2)"
  done
)
expected='n1 once, day 2: granted
n1 daily from day 2: Requested reservation overlaps with another reservation
n1 daily from day 1: granted
n2 daily from day 1: granted
n2 once, day 2: Requested reservation overlaps with another reservation
n2 once, day 7: Requested reservation overlaps with another reservation
n2 once, day 8: granted'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: Slurm 22.05.8 grants a daily reservation over a single one of its second day'
