/* session_lead.h - what the bytes of a lead mean (session_input.h), in each of the session entries. */
#ifndef ASSAY_FUZZ_SESSION_LEAD_H
#define ASSAY_FUZZ_SESSION_LEAD_H

/* --- target_session --- */

/* Byte 0. */
#define ASSAY_FUZZ_LINK          0x03 /* which connection */
#define ASSAY_FUZZ_SECOND_PORTAL 0x04 /* for a connection that is not there yet */
#define ASSAY_FUZZ_SPOIL_HEADER  0x08 /* digests, where they are in force */
#define ASSAY_FUZZ_SPOIL_DATA    0x10
#define ASSAY_FUZZ_LIVE          0x20 /* tags and numbers are those that the target waits for */
#define ASSAY_FUZZ_HOLD          0x40 /* from here on we do not read */
#define ASSAY_FUZZ_GATHER        0x80 /* sent with the next record of that connection */

/* Byte 1: what happens after it, in the low four bits; the high ones are its argument. */
enum assay_fuzz_after {
	ASSAY_FUZZ_NOTHING,
	ASSAY_FUZZ_FINISH, /* we half-close */
	ASSAY_FUZZ_CLOSE,
	ASSAY_FUZZ_NEXT_TIMER,
	ASSAY_FUZZ_LATER, /* argument + 1 seconds */
	ASSAY_FUZZ_ADD_LUN,
	ASSAY_FUZZ_REMOVE_LUN,
	ASSAY_FUZZ_TAKE, /* some of the output, though we hold */
	ASSAY_FUZZ_LOCAL, /* the address that the connection came in on */
};

/* Bytes 2 and 3: 0, or where the PDU is split; with the highest bit the rest of it is not sent. */
#define ASSAY_FUZZ_DROP_REST 0x8000

/* --- initiator_session --- */

/* Byte 0. Byte 1: before it, so many half seconds pass. Bytes 2 and 3: 0, or how many of its bytes are sent. */
#define ASSAY_FUZZ_ANSWER        0x01 /* tags and numbers are those that the initiator waits for */
#define ASSAY_FUZZ_ANSWER_HEADER 0x02 /* this digest is wrong, where it is in force */
#define ASSAY_FUZZ_ANSWER_DATA   0x04
#define ASSAY_FUZZ_IN_PIECES     0x08 /* some bytes with each read */
#define ASSAY_FUZZ_THEN_CLOSE    0x10

#endif
