"""A bare pooled HTTP client that does nothing but send: the floor under the sender.

`python -m bench.pooled COUNT CONNECTIONS` reads one request, word for word, from its standard
input, and sends it so often with a new reference each time; it prints the seconds.
"""

import json
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter

from bench.servers import ROOT
from tests.companies import Company

_WE_SET = ("authorization", "accept", "content-type")  # the library makes the others anew


def seconds_of(company: Company, count: int, connections: int) -> float:
    """What so many requests take from a process of its own, like the last one that it saw."""
    sample = json.dumps({"url": company.url} | company.sample())
    command = [sys.executable, "-m", "bench.pooled", str(count), str(connections)]
    done = subprocess.run(command, cwd=ROOT, input=sample, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the bare client failed: {done.stderr[-2000:]}")
    return float(done.stdout)


def send_all(sample: dict[str, str], count: int, connections: int) -> float:
    """Seconds until the last answer, over so many connections that are kept."""
    request, *lines = sample["head"].split("\r\n")
    url = sample["url"] + request.split(" ")[1]
    given = dict(line.split(": ", 1) for line in lines)
    headers = {name: value for name, value in given.items() if name.lower() in _WE_SET}
    (destination,) = json.loads(sample["body"])["messages"][0]["destinations"]
    before, _, after = sample["body"].partition(destination["messageId"])
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
    session.mount("http://", adapter)

    def send(_number: int) -> None:
        body = before + uuid.uuid4().hex + after
        session.post(url, data=body, headers=headers, timeout=10).raise_for_status()

    with ThreadPoolExecutor(connections) as threads:
        began = time.perf_counter()
        list(threads.map(send, range(count)))
        return time.perf_counter() - began


if __name__ == "__main__":
    print(send_all(json.load(sys.stdin), int(sys.argv[1]), int(sys.argv[2])))
