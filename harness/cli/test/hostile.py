"""hostile.py MODE [PORT [OWN]]: a server that no initiator wants, on loopback port OWN or a free one that it prints.
stall: takes bytes, says nothing. close: closes at once. garbage: answers bytes that are no PDU. cut=N, hold=N: hands everything to the target at
PORT and back, but closes (or falls silent) after N bytes of each connection's answers. mute=N: from the N-th connection on nothing comes back after
the login."""
import socket
import sys
import threading

mode, _, limit = sys.argv[1].partition("=")
limit = int(limit or 0)
connections = 0


def login_length(data):
    """Bytes of data up to the end of the Login Response that ends the login; 0 when it is not there."""
    at = 0
    while at + 48 <= len(data):
        length = int.from_bytes(data[at + 5 : at + 8], "big")
        end = at + 48 + data[at + 4] * 4 + (length + 3) // 4 * 4
        if data[at] & 0x3F == 0x23 and data[at + 1] & 0x83 == 0x83:
            return end
        at = end
    return 0


def pump(source, sink, left):
    """Bytes from one socket to the other; left: how many, None for all, "login": those of the login."""
    try:
        while data := source.recv(65536):
            if left == "login":
                end = login_length(data)
                data, left = (data[:end], 0) if end else (data, left)
            elif left is not None:
                data = data[:left]
                left -= len(data)
            sink.sendall(data)
            if left == 0:
                if mode in ("hold", "mute"):
                    threading.Event().wait()
                break
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    if mode == "close":
        client.close()
    elif mode == "stall":
        while client.recv(65536):
            pass
    elif mode == "garbage":
        client.recv(65536)
        client.sendall(bytes(range(256)) * 64)
        client.recv(65536)
        client.close()
    else:
        target = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
        threading.Thread(target=pump, args=(client, target, None), daemon=True).start()
        left = limit
        if mode == "mute":
            global connections
            connections += 1
            left = "login" if connections >= limit else None
        pump(target, client, left)


listener = socket.create_server(("127.0.0.1", int(sys.argv[3]) if len(sys.argv) > 3 else 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
