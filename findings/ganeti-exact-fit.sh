#!/usr/bin/env bash
# Ganeti, a VM that exactly fills what is left of a node does not fit.
# One would expect a node of 64 GiB to take sixteen VMs of 4 GiB. The capacity planner of this manager of Xen and KVM clusters wants something
# to be left over: it places fifteen, and the sixteenth when the node has a MiB more; for disks the same. A VM as large as its node never fits.
# It matters to whoever compares packings or acceptance rates with it: sizes that divide a node evenly, as most synthetic workloads have them,
# lose a VM on each node, large VMs most. Give the nodes a MiB more of each. The checks for the loss of a node, which hold back room of their
# own, are off here. Version: hspace 3.0.2 (Debian ganeti-htools-3.0 3.0.2-3), simulated nodes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q=2 ganeti-htools-3.0=3.0.2-3 libpcre3 >apt.log 2>&1 ||
  { echo 'skipped: needs apt-get with the packages of Debian 12 (apt-get update first)' >&2; exit 77; }
for package in *.deb; do dpkg-deb -x "$package" root; done
htools=$folder/root/usr/lib/ganeti/3.0/usr/bin/htools
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libpcre.so.3' | head -1)")
export LD_LIBRARY_PATH
HTOOLS=hspace "$htools" --version >version.log 2>&1 || { echo "skipped: $(head -1 version.log)" >&2; exit 77; }

# placed DISK MEMORY SIZE: how many VMs of that size (disk,memory,cpus) one node takes, and what kept the next one out.
placed() {
  HTOOLS=hspace timeout 60 "$htools" --simulate="p,1,$1,$2,64" --standard-alloc="$3" --disk-template=plain --no-capacity-checks --machine-readable |
    sed -n 's/^HTS_FIN_INST_CNT=//p; s/^HTS_ALLOC_FAIL_REASON=//p' | paste -sd' '
}
seen=$(
  echo "4096 MiB each on 65536: $(placed 1000000 65536 10240,4096,1)"
  echo "4096 MiB each on 65537: $(placed 1000000 65537 10240,4096,1)"
  echo "4096 MiB on 4096: $(placed 1000000 4096 10240,4096,1)"
  echo "10240 MiB of disk each on 102400: $(placed 102400 65536 10240,1024,1)"
  echo "10240 MiB of disk each on 102401: $(placed 102401 65536 10240,1024,1)"
)
expected='4096 MiB each on 65536: 15 FAILMEM
4096 MiB each on 65537: 16 FAILMEM
4096 MiB on 4096: 0 FAILMEM
10240 MiB of disk each on 102400: 9 FAILDISK
10240 MiB of disk each on 102401: 10 FAILDISK'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: hspace of Ganeti 3.0.2 places fifteen VMs of 4 GiB on a node of 64 GiB'
