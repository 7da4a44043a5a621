/*
 * pcapng.h - writes PDUs as a capture that Wireshark and tshark open: fabricated IPv4 (192.0.2.1 to 192.0.2.2, no Ethernet) and TCP headers with right checksums,
 * target port 3260, one TCP stream a connection with SYN and FIN, sequence numbers that fit. No root, no libpcap: it is made, not sniffed.
 */
#ifndef ASSAY_CAPTURE_PCAPNG_H
#define ASSAY_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "codec/error.h"
#include "proto/role.h"

#define ASSAY_PCAPNG_CONNECTIONS 64 /* at a time */

struct assay_pcapng;

/*
 * Starts a section. comment (a test's name; may be NULL) goes to the section header. The file stays the caller's.
 * Every call returns 0, ASSAY_E_IO once a write has failed (begin sets *out all the same, for end to free), ASSAY_E_INVAL for a
 * connection number that is not open, is open already or is not below ASSAY_PCAPNG_CONNECTIONS; begin also ASSAY_E_NOMEM with *out NULL.
 */
int assay_pcapng_begin(struct assay_pcapng **out, FILE *file, const char *comment);

/* A connection opens: SYN, SYN+ACK, ACK. connection: the caller's number, below ASSAY_PCAPNG_CONNECTIONS; free again after its close. time_ns: nanoseconds since 1970, or
 * since whatever the caller counts from. comment (may be NULL) is put on the SYN: the real addresses, say. */
int assay_pcapng_open(struct assay_pcapng *p, uint32_t connection, uint64_t time_ns, const char *comment);
/* Bytes one way, cut into segments of at most 65495 bytes; comment (may be NULL) is put on the first packet. They may follow a close: what a side said
 * that did not know of it yet. */
int assay_pcapng_bytes(struct assay_pcapng *p, uint32_t connection, enum assay_dir dir, const void *bytes,
	size_t length, uint64_t time_ns, const char *comment);
/* The same where only the first bytes were kept: the others are in the packets' lengths, and marked as cut off. */
int assay_pcapng_cut(struct assay_pcapng *p, uint32_t connection, enum assay_dir dir, const void *bytes,
	size_t kept, size_t length, uint64_t time_ns, const char *comment);
/* Who sends that way sends no more (FIN); the other way goes on. With the second one the connection is closed. */
int assay_pcapng_finish(struct assay_pcapng *p, uint32_t connection, enum assay_dir dir, uint64_t time_ns);
int assay_pcapng_close(
	struct assay_pcapng *p, uint32_t connection, enum assay_dir by, bool reset, uint64_t time_ns);

/* Flushes and frees; NULL is fine. 0, or ASSAY_E_IO when any write failed (a full disk). */
int assay_pcapng_end(struct assay_pcapng *p);

#endif
