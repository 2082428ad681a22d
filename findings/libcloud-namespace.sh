#!/usr/bin/env bash
# Apache Libcloud, an answer in another XML namespace counts as an empty one.
# One would expect the EC2 driver to read an answer by the names of its elements, as the AWS SDK for JavaScript does, or to say that it cannot.
# It looks for the one namespace of its own API version. Without it nothing is an error: `list_nodes` answers an empty list, and `create_node` an
# empty list although the instance was started and runs, so that nobody knows its id and nobody ends it.
# It matters to servers of this API (a testbed, a double in a test): repeat exactly http://ec2.amazonaws.com/doc/2016-11-15/, whichever
# version another client asks for. Version: apache-libcloud 3.4.1 (Debian python3-libcloud 3.4.1-5), against a server in this script.
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
from urllib.parse import parse_qs, urlparse

import libcloud
from libcloud.compute.base import NodeImage, NodeSize
from libcloud.compute.drivers.ec2 import EC2NodeDriver

assert libcloud.__version__ == "3.4.1", libcloud.__version__
INSTANCE = (
    "<instancesSet><item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>"
    "<launchTime>2030-01-01T00:00:00.000Z</launchTime></item></instancesSet>"
)
ANSWERS = {
    "RunInstances": INSTANCE,
    "DescribeInstances": "<reservationSet><item>" + INSTANCE + "</item></reservationSet>",
    "DescribeAddresses": "<addressesSet/>",
}
asked = []
namespace = ""


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        action = parse_qs(urlparse(self.path).query)["Action"][0]
        asked.append(action)
        answer = f"<Answer{namespace}>{ANSWERS[action]}</Answer>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
Thread(target=server.serve_forever, daemon=True).start()
driver = EC2NodeDriver("key", "secret", secure=False, host="127.0.0.1", port=server.server_port, region="us-east-1")
image = NodeImage("emi-1", "image", driver)
size = NodeSize("m1.small", "m1.small", 256, 5, None, None, driver)
for label, namespace in {
    "its own": ' xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"',
    "none": "",
    "an older one": ' xmlns="http://ec2.amazonaws.com/doc/2013-10-15/"',
}.items():
    asked.clear()
    created = driver.create_node(name="vm", image=image, size=size)
    what = "[]" if created == [] else created.id
    print(f"{label}: {asked.count('RunInstances')} started, create_node answers {what}, list_nodes {len(driver.list_nodes())}")
PY
)
expected='its own: 1 started, create_node answers i-1, list_nodes 1
none: 1 started, create_node answers [], list_nodes 0
an older one: 1 started, create_node answers [], list_nodes 0'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf 'namespace of the answers:\n%s\n' "$seen"
echo 'seen: create_node of apache-libcloud 3.4.1 answers an empty list for an instance that runs, where the namespace is another'
