"""parts.py HOST PORT NAME CAPTURE: an initiator that leaves connections within a PDU, or half-closed, each in another way, to the proxy that records CAPTURE. What it left there is recorded before it goes on.
parts.py stretch CAPTURE OUT SECONDS: a copy in which each silence is that much longer.
parts.py close|mute PORT: stands before the target at PORT, on a port that it prints, and lets only whole PDUs through: where an initiator has stopped within one it closes, or says nothing."""
import socket
import struct
import sys
import threading
import time


def pass_on(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def guard(client, target, closes):
    threading.Thread(target=pass_on, args=(target, client), daemon=True).start()
    held = b''
    try:
        while data := client.recv(65536):
            held += data
            while len(held) >= 48 and len(held) >= (end := 48 + (int.from_bytes(held[5:8], 'big') + 3) // 4 * 4):
                target.sendall(held[:end])
                held = held[end:]
            if held and closes:
                client.shutdown(socket.SHUT_RDWR)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


SILENCE = 0.3


def stretch(source, out, seconds):
    data = bytearray(open(source, 'rb').read())
    at = last = later = 0
    while at < len(data):
        kind, length = struct.unpack_from('<II', data, at)
        if kind == 6:  # a packet; our times are in nanoseconds
            high, low = struct.unpack_from('<II', data, at + 12)
            time_of = high << 32 | low
            later += int(seconds * 1e9) if last and time_of - last > SILENCE * 0.9e9 else 0
            last = time_of
            struct.pack_into('<II', data, at + 12, time_of + later >> 32, time_of + later & 0xffffffff)
        at += length
    open(out, 'wb').write(data)


if sys.argv[1] == 'stretch':
    stretch(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    sys.exit()

if sys.argv[1] in ('close', 'mute'):
    listener = socket.create_server(('127.0.0.1', 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        client = listener.accept()[0]
        target = socket.create_connection(('127.0.0.1', int(sys.argv[2])))
        threading.Thread(target=guard, args=(client, target, sys.argv[1] == 'close'), daemon=True).start()

from packets import keys, n, pdu

host, port, name, capture = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
SESSION = keys(b'InitiatorName=iqn.2026-01.net.example:parts', b'TargetName=' + name.encode(), b'SessionType=Normal', b'MaxRecvDataSegmentLength=8192')


def request(opcode, flags, itt, tail, data=b'', length=None, lun=bytes(8)):
    out = pdu(opcode, flags, {8: lun, 'itt': itt, 'tail': tail}, data)
    return out if length is None else out[:5] + length.to_bytes(3, 'big') + out[8:]


def login(itt, length=None):
    return request(0x43, 0x87, itt, n(0, 1, 0), SESSION, length, b'\x80\0\0\x77\0\0\0\0')


expected = [0]  # StatSN


def answer(s):
    got = b''
    while len(got) < 48 or len(got) < 48 + (int.from_bytes(got[5:8], 'big') + 3) // 4 * 4:
        part = s.recv(65536)
        if not part:
            return got
        got += part
    expected[0] = int.from_bytes(got[24:28], 'big') + 1 & 0xffffffff
    return got


def ping(itt, sn, data=b'', length=None):
    return request(0x00, 0x80, itt, n(0xffffffff, sn, expected[0]), data, length)


def until_closed(s):
    s.settimeout(60)
    try:
        while s.recv(65536):
            pass
    except OSError:
        pass


def connect(logs_in=True):
    s = socket.create_connection((host, port))
    if logs_in:
        s.sendall(login(1))
        answer(s)
    return s


def leave(s, part):
    """What a proxy has not read is lost with a reset, and what it has not read apart is one part."""
    s.sendall(part)
    end = time.monotonic() + 60
    while part not in open(capture, 'rb').read():
        if time.monotonic() > end:
            sys.exit('what was sent is not recorded')
        time.sleep(0.01)


def half_header():
    s = connect()
    s.sendall(ping(2, 1))
    answer(s)
    leave(s, ping(3, 2)[:20])
    time.sleep(SILENCE)
    s.close()


def reset_within_data():
    s = connect()
    leave(s, ping(2, 1, b'x' * 4000)[:1000])
    leave(s, b'y' * 500)
    time.sleep(SILENCE)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()


def too_long():
    s = connect()
    s.sendall(ping(2, 1, b'z' * 100, 0xffffff))
    until_closed(s)


def too_long_login():
    s = connect(False)
    s.sendall(login(9, 0xffffff))
    until_closed(s)


def half_close():
    s = connect()
    s.sendall(ping(0x77, 1, b'half-close'))
    s.shutdown(socket.SHUT_WR)
    until_closed(s)


def whole_in_pieces():
    s = connect()
    leave(s, ping(0x78, 1)[:30])
    s.sendall(ping(0x78, 1)[30:])
    answer(s)
    s.close()


# the last one waits until its end has come through the proxy, as then all have
for how in half_header, reset_within_data, too_long, too_long_login, whole_in_pieces, half_close:
    how()
