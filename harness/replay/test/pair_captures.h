/* pair_captures.h - captures for the tests of both drivers, made of PDUs, and the pair that plays them. */
#ifndef ASSAY_REPLAY_PAIR_CAPTURES_H
#define ASSAY_REPLAY_PAIR_CAPTURES_H

#include "as_target_world.h"
#include "pair.h"

extern struct pair p;

/* Everything new; p's options may be changed then, and a capture made. */
void begin(void);
/* What was captured, on both sides. */
void play_both(void);
/* One side each; both are freed. Differences are wanted. */
void play_captures(struct assay_script *initiator, struct assay_script *target);
void expect_the_same(void);
/* A command and its answer, the n-th one of a session. */
void exchange(unsigned connection, uint32_t n);
struct assay_pdu reject_of(const struct assay_pdu *refused, uint32_t stat_sn, uint32_t exp_cmd_sn);
/* A login, a command that is rejected, another one with its CmdSN. */
void capture_reject(void);
struct assay_pdu nop_in(uint32_t ttt, uint32_t stat_sn, uint32_t exp_cmd_sn, uint32_t max_cmd_sn);
struct assay_pdu pong(uint32_t ttt, uint32_t cmd_sn);
struct assay_pdu write_command(uint32_t itt, uint32_t cmd_sn);
/* For four bytes. */
struct assay_pdu r2t(uint32_t itt, uint32_t offset, uint32_t r2t_sn);
struct assay_pdu data_out(uint32_t itt, uint32_t offset, const char *data);
/* A write whose data is asked for in two parts, the first one "abcd". */
void capture_write(const char *second);
/* That write is the initiator's, which is returned; the target's other one is begun, up to its first R2T. */
struct assay_script *begin_other_write(void);
/* A window that is closed by an answer, and may be opened again by a NOP-In that wants no answer. */
void capture_window(bool opens);

#endif
