"""Holds an environment in a process of its own: prints `held` or the refusal, and stays until its input ends."""

from __future__ import annotations

import os
import socket
import sys

import boto3

from operations.clients import Clients
from operations.errors import Failure, Invocation
from operations.promotion.model import Holder
from operations.promotion.records.objects import Objects
from operations.promotion.records.store import Store
from tests.operations.promotion.records.releases import position, release

bucket, environment, region = sys.argv[1:]
session = boto3.Session(region_name=region)
s3 = Clients(session, region, os.environ["AWS_ENDPOINT_URL"])("s3")
store = Store(Objects(s3, bucket, Invocation(environment=environment, offline=True)), environment)
holder = Holder(who="child", host=socket.gethostname(), process=os.getpid(), token=f"child-{os.getpid()}")
print("ready", flush=True)
sys.stdin.readline()
try:
    with store.hold(holder) as lease:
        lease.at(position(release(1, environment), "applying", holder))
        print("held", flush=True)
        sys.stdin.readline()
except Failure as refusal:
    print(refusal.message.splitlines()[0], flush=True)
