"""Works on a UmaDB server with UmaDB's own client, and prints what it did as one line of JSON.

    umadb_client.py append URL --in-flight N --events N --seconds N
    umadb_client.py read URL
    umadb_client.py latency URL --count N

The client is native code behind Python and lets other threads go on while a call is under way. Calls in flight are spread over processes as well
as threads, so that Python's lock is not what is measured. Run by tests/peers/umadb.
"""

import argparse
import json
import multiprocessing
import resource
import threading
import time
import uuid

import umadb

PAYLOAD = 256
# Most threads of one process.
THREADS_MAX = 16
# Appends of one thread go to so many tags by turns.
TAGS = 64
PAUSE_SECONDS = 0.005


def event(tag, data):
    return umadb.Event(event_type="bench", data=data, tags=[tag], uuid=uuid.uuid4())


def processor_seconds():
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in (own, children))


def append_until(url, events, number, ready, end, done):
    """One caller: appends, each as soon as the one before was answered."""
    client = umadb.Client(url)
    data = b"x" * PAYLOAD
    client.append([event(f"warm-{number}", data)])
    ready.wait()
    calls = 0
    while time.monotonic() < end.value:
        tag = f"stream-{number}-{calls % TAGS}"
        client.append([event(tag, data) for _ in range(events)])
        calls += 1
    done.append(calls)


def append_process(url, events, numbers, ready, end, total):
    done = []
    callers = [
        threading.Thread(target=append_until, args=(url, events, number, ready, end, done)) for number in numbers
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    if len(done) != len(callers):
        raise SystemExit("a caller failed")
    with total.get_lock():
        total.value += sum(done)


def append(url, in_flight, events, seconds):
    ready, end, total = (
        multiprocessing.Barrier(in_flight + 1),
        multiprocessing.Value("d", 0.0),
        multiprocessing.Value("q", 0),
    )
    groups = [range(in_flight)[first : first + THREADS_MAX] for first in range(0, in_flight, THREADS_MAX)]
    processes = [
        multiprocessing.Process(target=append_process, args=(url, events, group, ready, end, total)) for group in groups
    ]
    for process in processes:
        process.start()
    end.value = time.monotonic() + 1e9
    # All are connected when this barrier opens.
    while ready.n_waiting < in_flight:
        if any(process.exitcode not in (None, 0) for process in processes):
            raise SystemExit("a process failed")
        time.sleep(0.01)
    begun = time.monotonic()
    end.value = begun + seconds
    ready.wait()
    for process in processes:
        process.join()
    took = time.monotonic() - begun
    return {"events": total.value * events, "calls": total.value, "seconds": took}


def read(url):
    client = umadb.Client(url)
    begun, events, payload = time.monotonic(), 0, 0
    response = client.read()
    while batch := response.next_batch():
        events += len(batch)
        payload += len(batch[-1].event.data)
    return {"events": events, "calls": 1, "seconds": time.monotonic() - begun}


def latency(url, count):
    """From before the append until the subscriber has the event, in milliseconds."""
    client = umadb.Client(url)
    # The client lives as long as its subscription is wanted: when it goes, its streams end.
    subscriber = umadb.Client(url)
    subscription = subscriber.subscribe(after=client.head())
    arrived, received = [], threading.Semaphore(0)

    def follow():
        for _ in range(count):
            arrived.append((bytes(next(subscription).event.data), time.monotonic()))
            received.release()

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    sent = []
    for number in range(count):
        data = str(number).encode().rjust(PAYLOAD)
        sent.append((data, time.monotonic()))
        client.append([event("latency", data)])
        if not received.acquire(timeout=30):
            raise SystemExit("the subscriber did not get an event for 30 seconds")
        time.sleep(PAUSE_SECONDS)
    subscription.cancel()
    times = dict(sent)
    return {"milliseconds": [(at - times[data]) * 1e3 for data, at in arrived], "calls": count}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["append", "read", "latency"])
    parser.add_argument("url")
    parser.add_argument("--in-flight", type=int, default=1)
    parser.add_argument("--events", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--count", type=int, default=200)
    args = parser.parse_args()
    if args.work == "append":
        result = append(args.url, args.in_flight, args.events, args.seconds)
    elif args.work == "read":
        result = read(args.url)
    else:
        result = latency(args.url, args.count)
    print(json.dumps({**result, "processor_seconds": processor_seconds()}), flush=True)


if __name__ == "__main__":
    main()
