# A life as boto3 leads it. Prints what came, as JSON, for the test to look at.
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

url, key, secret, image = sys.argv[1:5]


def client(access_key=key, secret_key=secret):
    return boto3.client(
        'ec2',
        endpoint_url=url,
        region_name='cluster',
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(retries={'max_attempts': 0}, proxies={}),
    )


def refused(call):
    try:
        call()
    except ClientError as error:
        said = error.response['Error']['Code']
        assert error.response['ResponseMetadata']['RequestId'], 'no request id'
        return f'{type(error).__name__} {said}'
    return None


ec2 = client()
found = {}
found['regions'] = [each['RegionName'] for each in ec2.describe_regions()['Regions']]
found['types'] = sorted(each['InstanceType'] for each in ec2.describe_instance_types()['InstanceTypes'])
pair = ec2.create_key_pair(KeyName='k1')
found['key'] = 'PRIVATE KEY' in pair['KeyMaterial']
wish = dict(ImageId=image, InstanceType='m1.small', MinCount=3, MaxCount=3, KeyName='k1', ClientToken='boto-1')
wish['TagSpecifications'] = [{'ResourceType': 'instance', 'Tags': [{'Key': 'Name', 'Value': 'a name with + and spaces'}]}]
wish['UserData'] = '#!/bin/sh\necho hello\n'
run = ec2.run_instances(**wish)
ids = [each['InstanceId'] for each in run['Instances']]
again = ec2.run_instances(**wish)
found['once'] = again['ReservationId'] == run['ReservationId']
found['otherwise'] = refused(lambda: ec2.run_instances(**{**wish, 'MaxCount': 4}))
ec2.get_waiter('instance_running').wait(InstanceIds=ids, WaiterConfig={'Delay': 1, 'MaxAttempts': 20})
pages = ec2.get_paginator('describe_instances').paginate(
    Filters=[{'Name': 'tag:Name', 'Values': ['a name with +*']}], PaginationConfig={'PageSize': 2}
)
found['pages'] = [sum(len(each['Instances']) for each in page['Reservations']) for page in pages]
found['stopping'] = ec2.stop_instances(InstanceIds=ids[:1])['StoppingInstances'][0]['CurrentState']['Name']
ec2.get_waiter('instance_stopped').wait(InstanceIds=ids[:1], WaiterConfig={'Delay': 1, 'MaxAttempts': 20})
found['starting'] = ec2.start_instances(InstanceIds=ids[:1])['StartingInstances'][0]['CurrentState']['Name']
ec2.get_waiter('instance_running').wait(InstanceIds=ids, WaiterConfig={'Delay': 1, 'MaxAttempts': 20})
ec2.reboot_instances(InstanceIds=ids)
found['console'] = 'instance-commanded' in ec2.get_console_output(InstanceId=ids[0])['Output']
reserved = ec2.create_capacity_reservation(
    InstanceType='m1.small',
    InstancePlatform='Linux/UNIX',
    InstanceCount=2,
    TagSpecifications=[
        {
            'ResourceType': 'capacity-reservation',
            'Tags': [{'Key': 'openpex:start', 'Value': sys.argv[5]}, {'Key': 'openpex:duration', 'Value': '2h'}],
        }
    ],
)['CapacityReservation']
found['reserved'] = [reserved['State'], reserved['TotalInstanceCount'], reserved['EndDateType']]
ec2.cancel_capacity_reservation(CapacityReservationId=reserved['CapacityReservationId'])
found['cancelled'] = ec2.describe_capacity_reservations()['CapacityReservations'][0]['State']
found['terminating'] = [
    each['CurrentState']['Name'] for each in ec2.terminate_instances(InstanceIds=ids)['TerminatingInstances']
]
ec2.get_waiter('instance_terminated').wait(InstanceIds=ids, WaiterConfig={'Delay': 1, 'MaxAttempts': 20})
found['dry'] = refused(lambda: ec2.describe_instances(DryRun=True))
found['none'] = refused(lambda: ec2.describe_instances(InstanceIds=['i-00000000000000000']))
found['unknown'] = refused(lambda: ec2.describe_vpcs())
found['secret'] = refused(lambda: client(secret_key='wrong').describe_instances())
found['nobody'] = refused(lambda: client(access_key='PEXNOBODYHASTHISONE2').describe_instances())
found['expired'] = refused(lambda: client(sys.argv[6], sys.argv[7]).describe_instances())
found['full'] = refused(lambda: ec2.run_instances(ImageId=image, InstanceType='XLARGE', MinCount=400, MaxCount=400))
print(json.dumps(found))
