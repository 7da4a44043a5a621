/* formats.h - what the bytes mean that entries put around PDUs and texts of their input: for the entries, and for record.c, which makes seeds of them. */
#ifndef ASSAY_FUZZ_FORMATS_H
#define ASSAY_FUZZ_FORMATS_H

/* Bytes at most: inputs that are longer are not run. */
#define ASSAY_FUZZ_PDUS_MAX     4096
#define ASSAY_FUZZ_TEXT_MAX     4096
#define ASSAY_FUZZ_TIMELINE_MAX 8192

/* negotiation: the first byte. The second one chooses our wants, 0xff all of them. */
enum {
	ASSAY_FUZZ_INITIATOR = 1, /* we are the initiator, else the target */
	ASSAY_FUZZ_FURTHER = 2, /* not the leading connection */
	ASSAY_FUZZ_OFFERS = 4, /* we offer what we want */
	ASSAY_FUZZ_OPERATIONAL =
		8, /* the phase of the first round, else security; each round is a phase further */
	ASSAY_FUZZ_FULL_FEATURE = 16,
	ASSAY_FUZZ_SMALL = 32, /* little room for our answer; chap: too */
};

/* chap: the first byte. */
enum {
	ASSAY_FUZZ_TARGET = 1, /* we are the target, else the initiator */
	ASSAY_FUZZ_MUTUAL = 2,
	ASSAY_FUZZ_BASE64 = 4,
	ASSAY_FUZZ_ALGORITHMS = 24, /* which of four lists */
};

/* rules: the byte before each PDU. The way is that of the opcode unless it is turned. */
#define ASSAY_FUZZ_CONNECTIONS 4
#define ASSAY_FUZZ_EVENT_SHIFT 3
enum { ASSAY_FUZZ_CONNECTION = 3, ASSAY_FUZZ_TURNED = 4, ASSAY_FUZZ_EVENT = 7 << ASSAY_FUZZ_EVENT_SHIFT };
/* What happened to the connection before the PDU. A connection is opened by its first PDU. */
enum assay_fuzz_event {
	ASSAY_FUZZ_NOTHING,
	ASSAY_FUZZ_GAP,
	ASSAY_FUZZ_GAP_OTHER, /* the other way */
	ASSAY_FUZZ_CLOSE_INITIATOR,
	ASSAY_FUZZ_CLOSE_TARGET,
	ASSAY_FUZZ_CLOSE, /* by whom is not known */
	ASSAY_FUZZ_MID_STREAM, /* it is opened without having seen its start */
};

#endif
