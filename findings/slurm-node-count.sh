#!/usr/bin/env bash
# Slurm, a reservation of more nodes than can be had is granted with fewer.
# One would expect "5 nodes" to mean five, or a refusal: it does where the nodes are named, and for cores. Asked for a count of nodes, Slurm
# grants those that are free and up, without a word and with exit code 0: 4 for 5 on a cluster of four, 3 for 4 when one is reserved already or
# down. It matters to whoever compares how many reservations systems admit (Slurm's are not all whole), and to scripts: read
# NodeCnt back after each reservation by count. Version: Slurm 22.05.8 (Debian 22.05.8-4+deb12u3), a controller with four nodes and no jobs.
set -eu
. "$(dirname "$0")/slurm/controller.sh"

FIELDS=NodeCnt
seen=$(
  echo "5 nodes of 4: $(answer count start=now+1days duration=60 nodecnt=5)"
  echo "4000 nodes of 4: $(answer many start=now+2days duration=60 nodecnt=4000)"
  echo "n1 to n5: $(answer names start=now+3days duration=60 'nodes=n[1-5]')"
  echo "9 cores of 8: $(answer cores start=now+4days duration=60 corecnt=9)"
  echo "n1 alone: $(answer one start=now+5days duration=60 nodes=n1)"
  echo "4 nodes beside it: $(answer beside start=now+5days duration=60 nodecnt=4)"
  scontrol update nodename=n4 state=down reason=finding
  echo "4 nodes, n4 down: $(answer down start=now+6days duration=60 nodecnt=4)"
)
expected='5 nodes of 4: granted NodeCnt=4
4000 nodes of 4: granted NodeCnt=4
n1 to n5: Invalid node name specified
9 cores of 8: Requested nodes are busy
n1 alone: granted NodeCnt=1
4 nodes beside it: granted NodeCnt=3
4 nodes, n4 down: granted NodeCnt=3'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: Slurm 22.05.8 grants a reservation of 5 nodes with 4, without a word'
