#!/usr/bin/env bash
# Apache Libcloud, whether a VM was ended depends on the order of two elements.
# One would expect `destroy_node` and `stop_node` of the EC2 driver to say False when the service refused. They read the first state name in the
# answer, and know only the names of a transition: with the previous state written before the current one a VM that ends counts as not ended,
# and so does one that is stopped at once ("stopped" instead of "stopping"), as a simulator or a small testbed would do it.
# It matters to whoever repeats a call on False, or leaves a cleanup because of it, and to servers of this API: write currentState first and
# let the answer name the transition. Version: apache-libcloud 3.4.1 (Debian python3-libcloud 3.4.1-5), against a server in this script.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q=2 python3-libcloud=3.4.1-5 python3-requests python3-urllib3 python3-chardet python3-certifi python3-idna >apt.log 2>&1 ||
  { echo 'skipped: needs apt-get with the packages of Debian 12 (apt-get update first)' >&2; exit 77; }
for package in *.deb; do dpkg-deb -x "$package" root; done

seen=$(env -u HTTP_PROXY -u http_proxy PYTHONPATH="$folder/root/usr/lib/python3/dist-packages" python3 -W ignore - <<'PY'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import libcloud
from libcloud.compute.base import Node
from libcloud.compute.drivers.ec2 import EC2NodeDriver

assert libcloud.__version__ == "3.4.1", libcloud.__version__
states = ""


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        item = f"<instancesSet><item><instanceId>i-1</instanceId>{states}</item></instancesSet>"
        answer = f'<Answer xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">{item}</Answer>'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
Thread(target=server.serve_forever, daemon=True).start()
driver = EC2NodeDriver("key", "secret", secure=False, host="127.0.0.1", port=server.server_port, region="us-east-1")
vm = Node("i-1", "vm", 0, [], [], driver)


def state(element, code, name):
    return f"<{element}State><code>{code}</code><name>{name}</name></{element}State>"


running = state("previous", 16, "running")
ending = state("current", 32, "shutting-down")
for label, call, states in [
    ("destroy_node, current state first", driver.destroy_node, ending + running),
    ("destroy_node, previous state first", driver.destroy_node, running + ending),
    ("stop_node, stopping", driver.stop_node, state("current", 64, "stopping") + running),
    ("stop_node, stopped", driver.stop_node, state("current", 80, "stopped") + running),
]:
    print(f"{label}: {call(vm)}")
PY
)
expected='destroy_node, current state first: True
destroy_node, previous state first: False
stop_node, stopping: True
stop_node, stopped: False'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: destroy_node of apache-libcloud 3.4.1 answers False for a VM that ends, where the previous state is written first'
