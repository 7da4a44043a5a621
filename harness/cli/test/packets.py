"""packets.py - captures for the tests of the command line, made from PDUs: pcapng, Ethernet, IPv4, TCP. Private to harness/cli/test."""
import struct


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return struct.pack('<I', crc ^ 0xffffffff)


def pad(data, fill=b'\0'):
    return data + fill * (-len(data) % 4)


def pdu(opcode, flags, rest, data=b'', digest=False, wrong=b'\0\0\0\0', fill=b'\0'):
    bhs = bytes([opcode, flags, rest.get(2, 0), rest.get(3, 0), 0]) + len(data).to_bytes(3, 'big')
    bhs += rest.get(8, bytes(8)) + rest['itt'].to_bytes(4, 'big') + rest['tail'].ljust(28, b'\0')
    out = bhs + pad(data, fill)
    if digest and data:
        out += bytes(a ^ b for a, b in zip(crc32c(pad(data, fill)), wrong))
    return out


def n(*numbers):
    return struct.pack('>%dI' % len(numbers), *numbers)


def login(text, sn, stat, flags=0x87, tsih=0):
    return pdu(0x43, flags, {8: b'\x80\0\0\1\0\0' + struct.pack('>H', tsih), 'itt': 1, 'tail': n(0, sn, stat)}, text)


def logged_in(text, stat, flags=0x87, tsih=7):
    return pdu(0x23, flags, {8: b'\x80\0\0\1\0\0' + struct.pack('>H', tsih), 'itt': 1, 'tail': n(0, stat, 1, 64)}, text)


def keys(*pairs):
    return b''.join(p + b'\0' for p in pairs)

blocks, frame = [], [0]


def block(kind, body):
    total = 12 + len(pad(body))
    blocks.append(struct.pack('<II', kind, total) + pad(body) + struct.pack('<I', total))


def option(code, value):
    return struct.pack('<HH', code, len(value)) + pad(value)


def packet(data, comment=None, cut=None):
    frame[0] += 1
    kept = data if cut is None else data[:cut]
    body = struct.pack('<IIIII', 0, 0, 1000 * frame[0], len(kept), len(data)) + pad(kept)
    block(6, body + (option(1, comment) + bytes(4) if comment else b''))


def checksum(data):
    total = sum(struct.unpack('>%dH' % (len(data + b'\0') // 2), (data + b'\0')[:(len(data) + 1) // 2 * 2]))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


MAC = bytes.fromhex('02a1b2c3d4e502f6a7b8c9da')
HOSTS = [bytes([203, 0, 113, 77]), bytes([198, 51, 100, 88])]


def ip(payload, side, protocol=6, place=0, ident=1):
    head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(payload), ident, place, 64, protocol, 0) + HOSTS[side] + HOSTS[1 - side]
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + payload


class Flow:
    def __init__(self, port, to=3260):
        self.ports, self.seq = [port, to], [0xfffffe00, 5000]
    def segment(self, side, seq, data, flags=0x18):
        head = struct.pack('>HHIIBBHHH', self.ports[side], self.ports[1 - side], seq & 0xffffffff, self.seq[1 - side] & 0xffffffff, 0x50, flags, 0xffff, 0, 0)
        total = checksum(HOSTS[side] + HOSTS[1 - side] + struct.pack('>HH', 6, 20 + len(data)) + head + data)
        return head[:16] + struct.pack('>H', total) + head[18:] + data
    def say(self, side, data, flags=0x18, sizes=(), more=b'', **how):
        while True:
            part = data[:sizes[0]] if sizes else data
            sizes = sizes[1:]
            packet(MAC + b'\x08\0' + ip(self.segment(side, self.seq[side], part, flags), side) + more, **how)
            self.seq[side] += len(part) + (1 if flags & 3 else 0)
            data = data[len(part):]
            if not data:
                return
    def again(self, side, back, data, **how):
        packet(MAC + b'\x08\0' + ip(self.segment(side, self.seq[side] - back, data), side), **how)
    def open(self):
        self.say(0, b'', 2); self.say(1, b'', 0x12); self.say(0, b'', 0x10)


def begin(*options):
    block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1) + b''.join(options) + bytes(4))


def interface(*options):
    block(1, struct.pack('<HHI', 1, 0, 0) + b''.join(options) + bytes(4))


def write(path):
    with open(path, 'wb') as out:
        out.write(b''.join(blocks))
