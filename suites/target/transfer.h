/*
 * transfer.h - writes step by step: commands whose data a test sends itself, right or wrong, and how they end. RFC 7143 sections 4.2.5.2, 7.8, 11.4.7.2,
 * 11.7, 11.8 and 11.17.1.
 */
#ifndef ASSAY_SUITES_TARGET_TRANSFER_H
#define ASSAY_SUITES_TARGET_TRANSFER_H

#include "suites/target/medium.h"

/* Keys of a session in which all data is asked for by R2T. */
#define SOLICITED    "InitialR2T", "Yes", "ImmediateData", "No"
/* And one with R2Ts that ask for little. */
#define SMALL_BURSTS SOLICITED, "MaxBurstLength", "4096", "FirstBurstLength", "4096"

/* One write of the region that the test may write. */
struct assay_transfer {
	struct assay_initiator *i;
	struct assay_place place;
	struct assay_task *task;
	struct assay_pdu r2t; /* the last one that came and is the test's to answer; opcode 0: none yet */
	uint32_t cmd_sn; /* of its command, once sent */
	uint32_t sent; /* bytes: one past the last that the test sent itself */
	/* what became of it, after EXPECT_REFUSED */
	bool closed, rejected;
	uint8_t reason; /* of the last Reject */
	bool command_rejected, again; /* again: bytes that were sent are asked for */
	const char *broken_off; /* why it came to no end */
	struct assay_task *
		beside; /* a read of assay_transfer_settle that was not answered in time, and may be yet; NULL: none */
};

/* A WRITE(10) of at least so many bytes, from so many blocks into the region on; nothing is sent yet. As much data goes unasked as was
 * negotiated unless the test sets task->immediate_data and task->unsolicited. */
struct assay_transfer *assay_transfer_new(
	struct assay_t *t, struct assay_initiator *i, uint32_t skip_blocks, uint32_t bytes);
/* Waits for the window and sends the command with its unsolicited data. */
void assay_transfer_start(struct assay_t *t, struct assay_transfer *w);
/* The same of blocks that hold zeros, so that it shows whether the write was executed; and the claim that they hold zeros still. */
struct assay_transfer *assay_transfer_on_zeros(
	struct assay_t *t, struct assay_initiator *i, uint32_t skip_blocks, uint32_t bytes);
void assay_transfer_expect_zeros(struct assay_t *t, const struct assay_transfer *w);
/* The command as a PDU: right, F set, without data. For tests that change it and send it with assay_transfer_send. */
struct assay_pdu assay_transfer_command(struct assay_transfer *w);
/* Sends it with F=0: unsolicited Data-Out follows, which the test sends. */
void assay_transfer_announce(struct assay_t *t, struct assay_transfer *w);
/* The next PDU has to be an R2T of the write: it is in w->r2t. */
void assay_transfer_await_r2t(struct assay_t *t, struct assay_transfer *w);
/* new, start and await_r2t. */
struct assay_transfer *assay_transfer_asked(
	struct assay_t *t, struct assay_initiator *i, uint32_t skip_blocks, uint32_t bytes);
/* The same behind the last block of other, which waits for its data. The test is skipped where the target sends nothing: when it asks for the data of a write is its
 * own choice (section 11.8), and one write after the other is a way to do it. */
struct assay_transfer *assay_transfer_asked_beside(
	struct assay_t *t, const struct assay_transfer *other, uint32_t bytes);

/* A Data-Out with length bytes of the write from offset on, right in all fields: it answers w->r2t, or is unsolicited when there was none. F is set when it
 * ends what the R2T asks for, or the unsolicited data. */
struct assay_pdu assay_transfer_data(
	const struct assay_transfer *w, uint32_t data_sn, uint32_t offset, uint32_t length);
/* Sends a PDU of the write. That the target has closed meanwhile is no error here: what follows tells. */
void assay_transfer_send(struct assay_t *t, struct assay_transfer *w, const struct assay_pdu *pdu);
/* Sends length bytes from offset on in pieces of at most 512 bytes; only the last one has final as its F bit. Returns the next DataSN. */
uint32_t assay_transfer_pieces(struct assay_t *t, struct assay_transfer *w, uint32_t data_sn, uint32_t offset,
	uint32_t length, bool final);
/* Gives the target time to do with a wrong PDU what it does with it: some reads, which go the way that the write goes, come to their end; what comes for the write
 * meanwhile is taken, a further R2T answered. A target that answers no read before the write has its data has had time enough as well: that is no fault of the write. */
void assay_transfer_settle(struct assay_t *t, struct assay_transfer *w);
/* Sends the whole answer to w->r2t, right, unless the write has come to its end. */
void assay_transfer_answer(struct assay_t *t, struct assay_transfer *w);

/* Answers what R2Ts come and claims that the writes, all on one connection, end GOOD with all of their bytes on the medium. */
void assay_transfer_expect_written(
	struct assay_t *t, struct assay_transfer *const *writes, size_t count, const char *file, int line);
#define EXPECT_WRITTEN(t, w)                                                                                 \
	assay_transfer_expect_written((t), (struct assay_transfer *[]){ (w) }, 1, __FILE__, __LINE__)
#define EXPECT_BOTH_WRITTEN(t, a, b)                                                                         \
	assay_transfer_expect_written((t), (struct assay_transfer *[]){ (a), (b) }, 2, __FILE__, __LINE__)

/* iSCSI conditions of section 11.4.7.2. */
enum assay_condition {
	ASSAY_UNEXPECTED_DATA = 1, /* 0Bh 0Ch/0Ch */
	ASSAY_WRONG_AMOUNT = 2, /* 0Bh 0Ch/0Dh */
	ASSAY_CRC_ERROR = 4, /* 0Bh 47h/05h */
	ASSAY_ANY_CONDITION = 8, /* any that CHECK CONDITION can tell */
};
/*
 * Answers what R2Ts come, and claims that the target did not take a broken transfer for a good one: CHECK CONDITION with one of the conditions, a Reject
 * (of the command; of Data-Out with CHECK CONDITION behind it), the connection closed, or a recovery: the PDU rejected or its bytes asked for again, then
 * GOOD with the right bytes on the medium.
 */
void assay_transfer_expect_refused(
	struct assay_t *t, struct assay_transfer *w, unsigned conditions, const char *file, int line);
#define EXPECT_REFUSED(t, w, conditions)                                                                     \
	assay_transfer_expect_refused((t), (w), (conditions), __FILE__, __LINE__)

#endif
