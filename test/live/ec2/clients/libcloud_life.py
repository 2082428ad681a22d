# A life as the drivers of libcloud lead it: EC2 by both versions of the signature, Eucalyptus and Nimbus. Prints what came, as JSON.
import json
import sys
import time

from libcloud.common.types import InvalidCredsError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import Provider

port, key, secret, image_name = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
place = {'host': '127.0.0.1', 'port': port, 'secure': False}
drivers = {
    'ec2-v2': lambda *keys: get_driver(Provider.EC2)(*keys, region='us-east-1', **place),
    'ec2-v4': lambda *keys: get_driver(Provider.EC2)(*keys, region='eu-central-1', **place),
    'eucalyptus': lambda *keys: get_driver(Provider.EUCALYPTUS)(*keys, **place),
    'nimbus': lambda *keys: get_driver(Provider.NIMBUS)(*keys, **place),
}


def wait(driver, node, state):
    # As the server says it: some drivers know no word for stopped.
    for _ in range(40):
        mine = [each for each in driver.list_nodes() if each.id == node.id]
        if mine and mine[0].extra['status'] == state:
            return mine[0]
        time.sleep(0.25)
    raise SystemExit(f'{node.id} never was {state}')


def refused(call):
    try:
        call()
    except Exception as error:
        return f'{type(error).__name__} {error}'[:60]
    return None


def life(name):
    driver = drivers[name](key, secret)
    found = {}
    sizes = driver.list_sizes()
    # Those of EC2 and Nimbus are built in.
    size = next(each for each in sizes if each.id in ('m1.small', 't2.small', 'SMALL'))
    image = next(each for each in driver.list_images() if each.name == image_name)
    extra = {}
    if name.startswith('ec2'):
        location = driver.list_locations()[0]
        found['location'] = location.name
        extra = {'location': location}
    driver.import_key_pair_from_string(f'key of {name}', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJmRPlGGTwQ3mPTrOyHqJOmnRqmzgF2eQZ8qQhVpXRNd ada')
    found['key'] = driver.get_key_pair(f'key of {name}').name
    node = driver.create_node(
        name=f'{name} + one',
        image=image,
        size=size,
        ex_keyname=f'key of {name}',
        ex_clienttoken=f'token of {name}',
        ex_userdata='x' * (11000 if name == 'ec2-v2' else 10),
        **extra,
    )
    found['name'] = wait(driver, node, 'running').name
    if name != 'nimbus':
        found['tagged'] = driver.ex_create_tags(node, {'role': 'db'})
        found['tags'] = wait(driver, node, 'running').extra['tags'].get('role')
    found['rebooted'] = driver.reboot_node(node)
    found['stopped'] = driver.stop_node(node)
    wait(driver, node, 'stopped')
    found['started'] = driver.start_node(node)
    wait(driver, node, 'running')
    found['two'] = len(driver.create_node(name='two', image=image, size=size, ex_mincount=2, ex_maxcount=2))
    found['listed'] = len([each for each in driver.list_nodes() if each.extra['status'] in ('running', 'pending')])
    found['destroyed'] = [driver.destroy_node(each) for each in driver.list_nodes() if each.extra['status'] != 'terminated']
    driver.delete_key_pair(driver.get_key_pair(f'key of {name}'))
    found['secret'] = refused(lambda: drivers[name](key, 'wrong').list_nodes())
    found['nobody'] = refused(lambda: drivers[name]('PEXNOBODYHASTHISONE2', secret).list_nodes())
    found['mismatch'] = refused(
        lambda: driver.create_node(name='other', image=image, size=size, ex_clienttoken=f'token of {name}')
    )
    return found


print(json.dumps({name: life(name) for name in drivers}))
