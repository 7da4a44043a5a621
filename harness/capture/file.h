/* file.h - the packets of a capture file, one after the other: pcap (through libpcap) and pcapng (blocks.h), either of them in gzip (through zlib). Nothing here looks into a packet. */
#ifndef ASSAY_CAPTURE_FILE_H
#define ASSAY_CAPTURE_FILE_H

#include "capture/blocks.h"
#include "codec/error.h"

struct assay_capture_file;

/* path "-": standard input. 0; ASSAY_E_SYNTAX for what is no capture, ASSAY_E_IO for what cannot be read, ASSAY_E_NOMEM, in a line of words without the path. */
int assay_capture_file_open(struct assay_capture_file **out, const char *path, struct assay_error *err);
/*
 * Data of long packets need not be read: from now on, those that rule allows are left out of pcapng in a plain file, where what is left is in memory. Such a packet has a hole. A hole that cannot be filled any
 * more is zeros, and the next call says ASSAY_E_IO.
 */
void assay_capture_file_leave_out(struct assay_capture_file *f, const struct assay_hole_rule *rule);
/* 1 with *out, valid until the next call; 0 at the end; negative in words. A file that ends inside of a packet ends there: see truncated. */
int assay_capture_file_next(struct assay_packet *out, struct assay_capture_file *f, struct assay_error *err);
/* Did it end inside of a packet, or of its compressed bytes? */
bool assay_capture_file_truncated(const struct assay_capture_file *f);
void assay_capture_file_close(struct assay_capture_file *f);

#endif
