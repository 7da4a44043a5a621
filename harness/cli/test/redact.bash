#!/usr/bin/env bash
# redact.bash PROGRAM TOP: of what check --redact is to hide, nothing is left in the copy, however a capture carries it; and check finds in the copy what it finds in the capture.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

# capture.py: a capture that carries secrets in every way that we know. Its words go to secrets, one a line.
cat >capture.py <<'PY'
import struct, sys
sys.path.insert(0, sys.argv[1])
from packets import *
SECRETS = []
def secret(word):
    SECRETS.append(word)
    return word.encode()
begin(option(1, secret('sectioncomment')), option(2, secret('hardwareofours')))
interface(option(2, secret('ethernameours')))
block(4, struct.pack('<HH', 1, 4 + 14) + HOSTS[0] + secret('resolvedname') + b'\0\0\0' + bytes(4))

f = Flow(40001)
f.open()
first = login(keys(b'InitiatorName=iqn.2004-05.' + secret('org.acmecorp:hostinitiator'), b'TargetName=iqn.2004-05.' + secret('org.acmecorp:disktarget'), b'SessionType=Normal',
    b'InitiatorAlias=' + secret('aliasofinitiator'), b'AuthMethod=CHAP,None', b'X-org.' + secret('acmevendorkey') + b'=' + secret('acmevendorvalue'), b'HeaderDigest=' + secret('nodigestofours')), 1, 0, 0x81)
f.say(0, first, sizes=(70, 31, 1, 2, 3), comment=b'#1')  # names over packets
f.again(0, len(first), first)  # all of it again, before it was answered
f.again(0, len(first) - 48, first[48:150], comment=secret('commentofmine'))
f.say(1, logged_in(keys(b'AuthMethod=CHAP', b'TargetPortalGroupTag=1', b'TargetAlias=' + secret('aliasoftarget'), b'X-x=NotUnderstood', b'HeaderDigest=Reject'), 100, 0, 0), comment=b'#2')
f.say(0, login(keys(b'CHAP_A=5'), 1, 101, 0))
f.say(1, logged_in(keys(b'CHAP_A=5', b'CHAP_I=9', b'CHAP_C=0x' + secret('a1b2c3d4e5f60718')), 101, 0, 0))
# a name over two PDUs, C=1; the answer between them is empty
half = b'CHAP_N=' + secret('chapaccountname')
f.say(0, login(half[:12], 1, 102, 0x40))
f.say(1, logged_in(b'', 102, 0, 0))
f.say(0, login(half[12:] + b'\0' + keys(b'CHAP_R=0x' + secret('0123456789abcdeffedcba9876543210'), b'CHAP_I=4', b'CHAP_C=0b' + secret('YWNtZXNlY3JldGNoYWxsZW5nZXg=')), 1, 103, 0x81))
f.say(1, logged_in(keys(b'CHAP_N=' + secret('chaptargetname'), b'CHAP_R=0x' + secret('99887766554433221100aabbccddeeff')), 103, 0x81, 0))
f.say(0, login(keys(b'DataDigest=CRC32C', b'InitialR2T=No', b'MaxBurstLength=' + secret('burstofours')), 1, 104))
f.say(1, logged_in(keys(b'DataDigest=CRC32C', b'InitialR2T=No', b'MaxBurstLength=Reject'), 104))
cdb = lambda op: bytes([op]).ljust(16, b'\0')
def command(itt, op, flags, length, sn, data=b'', **how):
    return pdu(1, flags, {'itt': itt, 'tail': n(length, sn, 105) + cdb(op)}, data, True, **how)
written = secret('immediatedatasecret') * 20
f.say(0, command(2, 0x2a, 0xa1, len(written) + 1000, 1, written), sizes=(60, 100))
r2t = pdu(0x31, 0x80, {'itt': 2, 'tail': n(9, 105, 2, 64, 0, len(written), 1000)})
f.say(1, r2t)
out = (secret('dataoutofacme') * 80)[:1000]
def data_out(chunk, offset, sn, flags, **how):
    return pdu(5, flags, {'itt': 2, 'tail': n(9, 0, 105, 0, sn, offset)}, chunk, True, **how)
one, two = data_out(out[:500], len(written), 0, 0), data_out(out[500:999], len(written) + 500, 1, 0x80, fill=b'S')  # another padding than zero
f.seq[0] += len(one); f.say(0, two); f.seq[0] -= len(one) + len(two); f.say(0, one); f.seq[0] += len(two)  # out of order
f.again(0, 300, two[-300:])  # again, once it was told
f.again(0, 300, b'Q' * 20 + two[-280:])  # and with another content
f.say(1, pdu(0x21, 0x80, {3: 2, 'itt': 2, 'tail': n(0, 105, 2, 64)}, struct.pack('>H', 18) + bytes.fromhex('700005000000000a00000000240000000000') + secret('behindthesense'), True))
f.say(0, command(3, 0x28, 0xc1, 2048, 2))
read = (secret('datainofacme') * 200)[:2048]
def data_in(chunk, offset, sn, flags, **how):
    return pdu(0x25, flags, {'itt': 3, 'tail': n(0xffffffff, 106 if flags & 1 else 0, 3, 64, sn, offset)}, chunk, True, **how)
f.say(1, data_in(read[:1024], 0, 0, 0), sizes=(100, 200, 300))
f.say(1, data_in(read[1024:], 1024, 1, 0x81, wrong=b'\0\4\0\0'))  # a wrong digest
def nop(opcode, itt, tail, data):
    return pdu(opcode, 0x80, {'itt': itt, 'tail': tail}, data, True)
ping, other = secret('pingdataofacme') * 5, secret('otherpingdata')
f.say(0, nop(0x40, 4, n(0xffffffff, 3, 107), ping)); f.say(1, nop(0x20, 4, n(0xffffffff, 107, 3, 64), ping))
f.say(0, nop(0x40, 5, n(0xffffffff, 3, 108), ping)); f.say(1, nop(0x20, 5, n(0xffffffff, 108, 3, 64), other.ljust(70, b'x')))  # no echo
header = command(6, 0x35, 0x81, 0, 3)
f.say(0, header)
f.say(1, pdu(0x3f, 0x80, {2: 4, 'itt': 0xffffffff, 'tail': n(0, 109, 4, 64)}, header[:48], True))
f.say(1, pdu(0x3f, 0x80, {2: 4, 'itt': 0xffffffff, 'tail': n(0, 110, 4, 64)}, (secret('rejectedheader') * 4)[:48], True))
text = lambda itt, opcode, tail, data, flags=0x80: pdu(opcode, flags, {'itt': itt, 'tail': tail}, data, True)
f.say(0, text(7, 4, n(0xffffffff, 4, 111), keys(b'SendTargets=iqn.2004-05.' + secret('org.acmecorp:asked'))))
f.say(1, text(7, 0x24, n(0xffffffff, 111, 5, 64), keys(b'TargetName=iqn.2004-05.' + secret('org.acmecorp:answered'), b'TargetAddress=' + secret('203.0.113.99') + b':3260,1',
    b'TargetAddress=[' + secret('2001:db8:acme::77'.replace('acme', 'ac3e')) + b']:3260,1', b'TargetAddress=' + secret('storage.acmecorp.org') + b',1', secret('pairwithoutequals'))))
f.say(0, b'', 0x11); f.say(1, b'', 0x11); f.again(0, 400, secret('laterthanitsend') * 10)

g = Flow(40002)  # its start is not there, and pieces of it are not either
begun, pinged = g.seq[0], nop(0x40, 1, n(0xffffffff, 9, 9), secret('midstreamping'))
g.say(0, pinged)
g.say(1, nop(0x20, 1, n(0xffffffff, 9, 10, 64), SECRETS[-1].encode()))
whole = nop(0x40, 2, n(0xffffffff, 10, 10), secret('whatiscutoffhere') * 20)
g.say(0, whole, cut=14 + 20 + 20 + 100)
g.again(0, g.seq[0] - begun, pinged)  # from before what is lost
g.say(0, whole, sizes=(100,), comment=b'#x ' + secret('nonumberatall'))
g.seq[0] += 500
g.say(0, secret('notapduatall') * 30)
g.say(0, nop(0x40, 3, n(0xffffffff, 12, 11), b'')); g.say(1, nop(0x20, 3, n(0xffffffff, 11, 13, 64), b''))
g.say(0, nop(0x40, 4, n(0xffffffff, 13, 12), secret('neverfinished') * 9)[:100])

h = Flow(40003, 80)  # something else
h.open(); h.say(0, b'GET /' + secret('pathofthewebsite') + b' HTTP/1.0\r\n\r\n'); h.say(1, secret('answerofthewebsite') * 50)
packet(MAC + b'\x08\0' + ip(struct.pack('>HHHH', 53, 53, 0, 0) + secret('udppayloadofours'), 0, 17))
packet(MAC + b'\x08\x06' + secret('addressresolution'))
i = Flow(40004)
i.say(0, b'', 2, more=secret('trailerofethernet'))
i.say(0, first[:60])  # and then the capture ends
write('secret.pcapng')
packet(MAC + b'\x08\0' + ip(secret('fragmentsoftcpone!!!!!!!')[:24], 0, 6, 0x2000, 99))
packet(MAC + b'\x08\0' + ip(secret('fragmentsoftcptwo'), 0, 6, 3, 99))
write('fragments.pcapng')
for word in [MAC[:6], MAC[6:], *HOSTS]:
    SECRETS.append(word.hex())
open('secrets', 'w').write('\n'.join(SECRETS) + '\n')
PY
export PYTHONDONTWRITEBYTECODE=1
python3 capture.py "$top/harness/cli/test" || wrong "no capture was made"

# compare.py ORIGINAL COPY: the same but for names, addresses and what is shown of values. Prints how many findings and connections.
cat >compare.py <<'PY'
import json, subprocess, sys
def read(path):
    r = json.loads(subprocess.run([sys.argv[3], 'check', '--json', path], stdout=subprocess.PIPE).stdout)
    del r['file']
    for c in r['connections']:
        for k in ('initiator', 'target'):
            c[k] = c[k].rsplit(':', 1)[1]
        for k in ('initiator_name', 'target_name'):
            c[k] = c.get(k) and len(c[k])
    for f in r['findings']:
        for k in ('expected', 'got', 'listing', 'comment'):
            del f[k]
    return r
a, b = read(sys.argv[1]), read(sys.argv[2])
for k in a:
    if a[k] != b.get(k):
        print(f'{k}\n  {a[k]}\n  {b.get(k)}')
        sys.exit(1)
print(len(a['findings']), len(a['connections']), len(set(f['rule'] for f in a['findings'])))
PY

# survives CAPTURE: which of the words, and which bytes of addresses, are in it.
survives() {
	python3 - "$1" <<'PY'
import gzip, sys
data = open(sys.argv[1], 'rb').read()
words = [l.rstrip('\n') for l in open('secrets')]
print(*(w for w in words if w.encode() in data or (len(w) in (8, 12) and all(c in '0123456789abcdef' for c in w) and bytes.fromhex(w) in data)))
PY
}
# in the capture all of them are but those that it has in pieces
[ "$(survives fragments.pcapng | wc -w)" -ge 48 ] || wrong "of the secrets the capture has only: $(survives fragments.pcapng)"
expect 0 '[0-9]+ packets, [0-9]+ bytes of TCP payload masked' check --redact -o copy.pcapng secret.pcapng
left=$(survives copy.pcapng)
[ -z "$left" ] || wrong "in the copy are: $left"
! grep -qaE 'acme|Q{8}|S{3}' copy.pcapng || wrong "in the copy is: $(grep -oaE '.{10}(acme|Q{8}|S{3}).{10}' copy.pcapng | head -n 3)"
same=$(python3 compare.py secret.pcapng copy.pcapng "$program") || wrong "the copy is another one: $same"
read -r findings connections rules <<<"$same"
[ "${findings:-0}" -ge 8 ] && [ "${rules:-0}" -ge 6 ] && [ "${connections:-0}" -ge 2 ] || wrong "the capture has $findings findings of $rules rules, on $connections connections: too few to tell"
grep -qa '#1' copy.pcapng || wrong "numbers of PDUs are gone from the comments"

# Of fragments only the headers are kept.
expect 0 ' 41 left out' check --redact -o copy.pcapng fragments.pcapng
left=$(survives copy.pcapng)
[ -z "$left" ] || wrong "of fragments are in the copy: $left"
expect 0 '' check --redact -o copy.pcapng secret.pcapng

# Twice is never the same, and the copy of a copy says the same again. From a pipe to a pipe, too.
"$program" check --redact -o - - <secret.pcapng >second.pcapng 2>err || wrong "a copy from a pipe: $(cat err)"
! cmp -s copy.pcapng second.pcapng || wrong "two copies have the same masks"
python3 compare.py copy.pcapng second.pcapng "$program" >/dev/null || wrong "two copies have other findings"

# Captures of others, where there are any.
for file in ${ASSAY_PCAPS:+"$ASSAY_PCAPS"/*.pcap* "$ASSAY_PCAPS"/derived/*}; do
	expect 0 'left out' check --redact -o copy.pcapng "$file"
	same=$(python3 compare.py "$file" copy.pcapng "$program") || wrong "$file: the copy is another one: $same"
done

# Of a capture that cannot be read to its end no copy is left.
{ cat secret.pcapng; printf '\x06\0\0\0\x0d\0\0\0\x0d\0\0\0'; } >bad.pcapng
expect 2 'bad.pcapng: at byte [0-9]*: a block of 13 bytes' check --redact -o none.pcapng bad.pcapng
! ls none.pcapng* 2>/dev/null || wrong "there is a copy all the same"

refused 'need -o FILE to write to' check --redact secret.pcapng
refused 'FILE goes with --redact or --slice' check -o copy.pcapng secret.pcapng
refused 'only one of them at a time' check --redact --slice 1 -o copy.pcapng secret.pcapng
refused 'a copy and no report' check --redact --json -o copy.pcapng secret.pcapng
refused 'nowhere/copy: cannot write it: No such file' check --redact -o nowhere/copy secret.pcapng
expect 5 '/dev/full: cannot write it: No space' check --redact -o /dev/full secret.pcapng
"$program" check --redact -o - secret.pcapng >/dev/full 2>err
[ $? = 5 ] || wrong "standard output cannot be written: exit is not 5"
finish
