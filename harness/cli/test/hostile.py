"""hostile.py MODE [PORT]: a server that no initiator wants, on a free loopback port that it prints.
stall: takes bytes, says nothing. close: closes at once. garbage: answers bytes that are no PDU. cut=N, hold=N: hands everything to the target at
PORT and back, but closes (or falls silent) after N bytes of each connection's answers."""
import socket
import sys
import threading

mode, _, limit = sys.argv[1].partition("=")
limit = int(limit or 0)


def pump(source, sink, left):
    """Bytes from one socket to the other; left: how many, None for all."""
    try:
        while data := source.recv(65536):
            if left is not None:
                data = data[:left]
                left -= len(data)
            sink.sendall(data)
            if left == 0:
                if mode == "hold":
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
        pump(target, client, limit)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
