#!/usr/bin/env bash
# The aws command of Debian 12, a purchase that is tried again is another purchase.
# One would expect what the command repeats by itself, after a 503 or a lost answer, to be known as a repetition. For `run-instances` it makes up a client token
# and sends the same one again. `purchase-reserved-instances-offering` has no token in EC2's API, and this version sends no invocation id either, as later
# versions and the other SDKs do: two requests that say the same, and nothing by which a service could tell them from two purchases.
# It matters to services of this API that charge for it, and to whoever scripts it: look at what was bought before buying again, or use a client that sends
# amz-sdk-invocation-id. Version: aws-cli 2.9.19 (Debian awscli 2.9.19-1), against a server in this script that is busy once.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages='awscli=2.9.19-1 python3-awscrt python3-colorama python3-cryptography python3-cffi-backend python3-dateutil python3-distro python3-docutils
 python3-jmespath python3-prompt-toolkit python3-roman python3-ruamel.yaml python3-ruamel.yaml.clib python3-six python3-urllib3 python3-wcwidth'
# shellcheck disable=SC2086
apt-get download -q=2 $packages >apt.log 2>&1 ||
  { echo 'skipped: needs apt-get with the packages of Debian 12 (apt-get update first)' >&2; exit 77; }
for package in *.deb; do dpkg-deb -x "$package" root; done

seen=$(env -u HTTP_PROXY -u http_proxy PYTHONPATH="$folder/root/usr/lib/python3/dist-packages" HOME="$folder" /usr/bin/python3 -W ignore - <<'PY'
import os
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

requests = []
BUSY = "<Response><Errors><Error><Code>Unavailable</Code><Message>busy</Message></Error></Errors><RequestID>r</RequestID></Response>"
DONE = '<Answer xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId></Answer>'


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        said = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        requests.append((said, self.headers.get("amz-sdk-invocation-id")))
        busy = len(requests) == 1
        answer = (BUSY if busy else DONE).encode()
        self.send_response(503 if busy else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
Thread(target=server.serve_forever, daemon=True).start()
env = {**os.environ, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
aws = ["/usr/bin/python3", f"{os.getcwd()}/root/usr/bin/aws"]
version = subprocess.run([*aws, "--version"], env=env, capture_output=True, text=True, check=True)
print(version.stdout.split()[0])
for command in [
    ["run-instances", "--image-id", "ami-1", "--instance-type", "m1.small"],
    ["purchase-reserved-instances-offering", "--reserved-instances-offering-id", "o", "--instance-count", "1"],
]:
    requests.clear()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    ended = subprocess.run([*aws, "ec2", "--endpoint-url", endpoint, *command], env=env, capture_output=True, text=True)
    tokens = [said.get("ClientToken", ["none"])[0] for said, _ in requests]
    token = "none" if tokens[0] == "none" else "the same" if len(set(tokens)) == 1 else "another"
    same = all(said == requests[0][0] for said, _ in requests)
    ids = [invocation for _, invocation in requests if invocation is not None]
    print(f"{command[0]}: exit code {ended.returncode}, {len(requests)} requests that say the same: {same}, client token: {token}, invocation ids: {len(ids)}")
PY
)
expected='aws-cli/2.9.19
run-instances: exit code 0, 2 requests that say the same: True, client token: the same, invocation ids: 0
purchase-reserved-instances-offering: exit code 0, 2 requests that say the same: True, client token: none, invocation ids: 0'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: the aws command of Debian 12 repeats a purchase of reserved instances by itself, and nothing in it says that it is a repetition'
