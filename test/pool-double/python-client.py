# Lists, starts and stops a VM through XenAPI.py of Debian's python3-os-xenapi, and prints what it saw as one JSON object.
import json
import sys

from os_xenapi.client import XenAPI

url, template_name = sys.argv[1:]
session = XenAPI.Session(url)
session.login_with_password('root', 'xen', '2.1', 'python')
api = session.xenapi
seen = {'api': session.API_version}
seen['hosts'] = sorted(record['name_label'] for record in api.host.get_all_records().values())
seen['templates'] = sorted(
    record['name_label'] for record in api.VM.get_all_records().values() if record['is_a_template']
)
template = api.VM.get_by_name_label(template_name)[0]
vm = api.VM.clone(template, 'from Python: <&> "é"')
api.VM.provision(vm)
api.VM.set_memory_limits(vm, str(2**29), str(2**29), str(2**29), str(2**29))
seen['name'] = api.VM.get_name_label(vm)
seen['memory'] = api.VM.get_memory_static_max(vm)
api.VM.start(vm, False, False)
seen['started'] = api.VM.get_power_state(vm)
try:
    api.VM.start(vm, False, False)
except XenAPI.Failure as failure:
    seen['failure'] = failure.details[0]
task = api.Async.VM.clean_shutdown(vm)
while api.task.get_status(task) == 'pending':
    # `from` is a word of Python's own, so that the message cannot be spelt as an attribute.
    session.xenapi_request('event.from', (['task'], '', 1.0))
seen['task'] = api.task.get_status(task)
seen['stopped'] = api.VM.get_power_state(vm)
disks = [api.VBD.get_VDI(vbd) for vbd in api.VM.get_VBDs(vm)]
api.VM.destroy(vm)
for disk in disks:
    if disk != 'OpaqueRef:NULL':
        api.VDI.destroy(disk)
session.logout()
json.dump(seen, sys.stdout)
