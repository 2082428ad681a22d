#!/usr/bin/env bash
# SimGrid, a transfer that has a link to itself does not get the link.
# One would expect 1,000 MB over a link of 125 MB/s that nothing else uses to take 8 s, and 8.1 s where its latency is 100 ms. They take 8.66 s
# and 50.5 s. The model that is on by default is one of TCP, fitted to measurements: it gives 97 % of the bandwidth, counts 5 % for the
# acknowledgements where the way back is the same link, multiplies the latency by 13.01, and lets a flow have at most 4 MiB on their way per
# round trip, which is what decides on a link between sites. It matters to whoever puts the times of migrations or image transfers beside size /
# bandwidth, as most formulas of live migration have it: they are 8 % apart in a cluster, and by a factor of six between sites.
# `network/model:CM02`, `network/crosstraffic:0` and `network/TCP-gamma:0` together are size / bandwidth.
# Version: simgrid 3.32 (Debian python3-simgrid 3.32-2+b2).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q=2 python3-simgrid=3.32-2+b2 libsimgrid3.32=3.32-2+b2 libns3.37 libboost-context1.74.0 libboost-stacktrace1.74.0 \
  libgsl27 libgslcblas0 libgfortran5 libquadmath0 libsqlite3-0 >apt.log 2>&1 ||
  { echo 'skipped: needs apt-get with the packages of Debian 12 (apt-get update first)' >&2; exit 77; }
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu PYTHONPATH=$folder/root/usr/lib/python3/dist-packages
/usr/bin/python3 -c 'import simgrid' >import.log 2>&1 || { echo "skipped: $(tail -1 import.log)" >&2; exit 77; }

cat >transfer.py <<'PYTHON'
import sys
from simgrid import Actor, Engine, LinkInRoute, Mailbox, NetZone

engine = Engine(sys.argv)
zone = NetZone.create_full_zone('site')
here, there = (zone.create_host(name, 1e9) for name in ('here', 'there'))
link = zone.create_link('link', 125e6).set_latency(float(sys.argv[1])).seal()
zone.add_route(here.netpoint, there.netpoint, None, None, [LinkInRoute(link)], True)
zone.seal()

def send():
    Mailbox.by_name('box').put('image', 1_000_000_000)

def receive():
    Mailbox.by_name('box').get()
    print(f'{Engine.clock:.2f}')

Actor.create('sender', here, send)
Actor.create('receiver', there, receive)
engine.run()
PYTHON

# took LATENCY [OPTION …]: seconds for 1,000 MB over a link of 125 MB/s.
took() { /usr/bin/python3 transfer.py "$@" --log=root.threshold:error; }
plain='--cfg=network/model:CM02 --cfg=network/crosstraffic:0 --cfg=network/TCP-gamma:0'
seen=$(
  echo "as it comes, latency 0: $(took 0) s"
  echo "as it comes, latency 100 ms: $(took 0.1) s"
  echo "no cross traffic, latency 0: $(took 0 --cfg=network/crosstraffic:0) s"
  # shellcheck disable=SC2086
  echo "size / bandwidth, latency 0: $(took 0 $plain) s"
  # shellcheck disable=SC2086
  echo "size / bandwidth, latency 100 ms: $(took 0.1 $plain) s"
)
expected='as it comes, latency 0: 8.66 s
as it comes, latency 100 ms: 50.46 s
no cross traffic, latency 0: 8.25 s
size / bandwidth, latency 0: 8.00 s
size / bandwidth, latency 100 ms: 8.10 s'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: SimGrid 3.32 takes 8.66 s, and 50.46 s with 100 ms of latency, for what a link carries in 8 s'
