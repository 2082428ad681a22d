#!/usr/bin/env bash
# Slurm, a reservation of no duration never ends.
# One would expect a duration of 0 to be refused, or to end at once as one does whose end is its start. It is granted without an end (scontrol
# shows EndTime=Unknown and some 79 years), so that the node cannot be reserved again; a reservation from noon to noon is granted as one of 0 s.
# It matters to scripts that compute durations: minutes that round down to 0 take a node away for good, and the answer is "Reservation created".
# Version: Slurm 22.05.8 (Debian 22.05.8-4+deb12u3), a controller with four nodes and no jobs.
set -eu
. "$(dirname "$0")/slurm/controller.sh"

noon=$(date -d "$(date +%F) + 2 days" +%FT12:00:00)
seen=$(
  echo "duration 0: $(FIELDS=EndTime answer none start="$noon" duration=0 nodes=n1)"
  echo "an hour, 1000 days later: $(answer later start=now+1000days duration=60 nodes=n1)"
  echo "noon to noon: $(FIELDS=Duration answer point start="$noon" end="$noon" nodes=n2)"
  echo "an hour, 1000 days later: $(answer after start=now+1000days duration=60 nodes=n2)"
)
expected='duration 0: granted EndTime=Unknown
an hour, 1000 days later: Requested reservation overlaps with another reservation
noon to noon: granted Duration=00:00:00
an hour, 1000 days later: granted'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: Slurm 22.05.8 grants a reservation of duration 0 without an end'
