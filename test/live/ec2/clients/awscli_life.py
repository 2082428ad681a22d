# A life as the aws command leads it. All commands in one process, which starts so slowly. Prints what came, as JSON, for the test to look at.
import contextlib
import io
import json
import os
import re
import sys

from awscli.clidriver import create_clidriver

url, image, start = sys.argv[1:4]
command = create_clidriver()


def run(*words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command.main(['ec2', '--endpoint-url', url, '--region', 'cluster', '--output', 'text', *words])
    return status, out.getvalue(), err.getvalue()


def ec2(*words):
    status, out, err = run(*words)
    assert status == 0, f'{words}: {status} {err}'
    return out.split()


def refused(*words):
    status, _, err = run(*words)
    code = re.search(r'An error occurred \(([A-Za-z.]+)\)', err)
    return [status, code and code.group(1)]


found = {'key': ec2('create-key-pair', '--key-name', 'cli', '--key-type', 'ed25519', '--query', 'KeyName')}
with open('user-data', 'w') as file:
    file.write('#!/bin/sh\necho hello\n')
ids = ec2(
    'run-instances', '--image-id', image, '--instance-type', 'm1.small', '--count', '3', '--key-name', 'cli',
    '--user-data', 'file://user-data', '--client-token', 'cli-1',
    '--tag-specifications', 'ResourceType=instance,Tags=[{Key=Name,Value=from the command line}]',
    '--query', 'Instances[].InstanceId',
)
found['pages'] = ec2(
    'describe-instances', '--filters', 'Name=tag:Name,Values=from the*', '--page-size', '2',
    '--query', 'length(Reservations[].Instances[])',
)
found['user data'] = ec2(
    'describe-instance-attribute', '--instance-id', ids[0], '--attribute', 'userData', '--query', 'UserData.Value'
)
reserved = ec2(
    'create-capacity-reservation', '--instance-type', 'm1.small', '--instance-platform', 'Linux/UNIX',
    '--instance-count', '2', '--tag-specifications',
    f'ResourceType=capacity-reservation,Tags=[{{Key=openpex:start,Value={start}}},{{Key=openpex:duration,Value=2h}}]',
    '--query', 'CapacityReservation.CapacityReservationId',
)
found['reserved'] = ec2('describe-capacity-reservations', '--query', 'CapacityReservations[].[State,TotalInstanceCount]')
found['cancelled'] = ec2('cancel-capacity-reservation', '--capacity-reservation-id', reserved[0])
found['terminating'] = ec2(
    'terminate-instances', '--instance-ids', *ids, '--query', 'TerminatingInstances[].CurrentState.Name'
)
offering = ec2(
    'describe-reserved-instances-offerings', '--instance-type', 'SMALL', '--max-duration', str(7 * 86400),
    '--query', 'ReservedInstancesOfferings[0].ReservedInstancesOfferingId',
)
buy = [
    'purchase-reserved-instances-offering', '--reserved-instances-offering-id', *offering, '--instance-count', '1',
    '--query', 'ReservedInstancesId',
]
first = ec2(*buy)
found['bought once'] = ec2(*buy) == first
held = ec2(
    'describe-capacity-reservations', '--filters', 'Name=state,Values=active',
    '--query', 'CapacityReservations[].CapacityReservationId',
)
ec2('cancel-capacity-reservation', '--capacity-reservation-id', *held)
found['bought anew'] = ec2(*buy) != first
found['bought'] = ec2('describe-reserved-instances', '--query', 'ReservedInstances[].State')
found['none'] = refused('describe-instances', '--instance-ids', 'i-00000000000000000')
found['unknown'] = refused('describe-vpcs')
found['full'] = refused('run-instances', '--image-id', image, '--instance-type', 'XLARGE', '--count', '400')
command = create_clidriver()
os.environ['AWS_SECRET_ACCESS_KEY'] = 'wrong'
found['secret'] = refused('describe-instances')
print(json.dumps(found))
