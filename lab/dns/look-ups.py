"""Looks a name up again and again with the resolver of the C library, each time as a program would.

Arguments: name, milliseconds between two look-ups. Prints `ready` after the first, then starts; ends
when its standard input does, and prints one line for each look-up: milliseconds from the start, how
long it took, and `ok` or the error. A thread of its own for each: one that waits delays no other, and
every thread reads resolv.conf for itself and remembers nothing of servers that were silent.
"""

import socket
import sys
import threading
import time

name, every = sys.argv[1], float(sys.argv[2]) / 1000
socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)
print("ready", flush=True)
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
threading.stack_size(256 * 1024)
begin = time.monotonic()
results = []


def look_up():
    at = time.monotonic()
    try:
        socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)
        outcome = "ok"
    except socket.gaierror as error:
        outcome = {socket.EAI_AGAIN: "EAI_AGAIN"}.get(error.errno, f"EAI {error.errno}")
    results.append((at - begin, time.monotonic() - at, outcome))


threads = []
tick = 0
while not ended.is_set():
    thread = threading.Thread(target=look_up)
    thread.start()
    threads.append(thread)
    tick = max(tick + 1, int((time.monotonic() - begin) / every))
    ended.wait(max(0.0, begin + tick * every - time.monotonic()))
for thread in threads:
    thread.join()
for at, took, outcome in results:
    print(f"{at * 1000:.1f} {took * 1000:.1f} {outcome}")
