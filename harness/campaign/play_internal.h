/* play_internal.h - what the files of the player share. Private to play*.c. */
#ifndef ASSAY_CAMPAIGN_PLAY_INTERNAL_H
#define ASSAY_CAMPAIGN_PLAY_INTERNAL_H

#include "campaign/cutter.h"
#include "campaign/encode.h"
#include "campaign/play.h"
#include "initiator/initiator.h"
#include "runner/dial.h"
#include "transport/leave.h"

#define PLAY_PENDING  32 /* requests of a connection that wait for their answers; more are not waited for */
#define PLAY_KNOWN    64
#define PLAY_PDUS_MAX 20000 /* answers of one case: a flood is stopped here */
#define PLAY_CHAP_MAX 2048

/* A Target Transfer Tag that waits to be used. */
struct play_tag {
	bool there;
	bool has_lun;
	uint32_t ttt, offset, length, sent;
	uint64_t lun;
};

struct play_connection {
	struct assay_initiator *i; /* kept from case to case */
	bool open; /* connected, and the target has not ended it */
	bool finished; /* we half-closed it */
	bool refused; /* a login was refused, or the logout of this connection was answered: the target closes */
	bool discovery;
	bool proved; /* the security stage of its login was gone through before the case's own request */
	bool lost; /* the target cannot know where our PDUs begin: a header digest is wrong */
	bool tagged; /* a sign of life was asked for */
	bool silent; /* what it owed did not come in all its time: it need not be asked again */
	uint32_t life, lives; /* its tag; how many so far */
	bool more; /* the login or a text goes on */
	bool immediate_data, unsolicited; /* as negotiated */
	bool used_since_login; /* bytes went out behind the login request that was sent last */
	uint8_t phase; /* enum assay_state_phase */
	uint8_t opcode; /* of the last PDU that went out */
	uint8_t recovery; /* ErrorRecoveryLevel */
	uint32_t connections; /* MaxConnections */
	struct assay_cutter cutter;
	struct {
		uint32_t itt;
		uint8_t opcode;
		bool blocked; /* it is the target that waits: for data */
	} pending[PLAY_PENDING];
	unsigned pending_count;
	struct play_tag r2t, text, ping;
	struct assay_state state;
	struct assay_chap chap;
	bool chap_begun;
	char answer[8192]; /* text of the login answer so far, C-bit parts joined */
	size_t answer_length;
	char reply[PLAY_CHAP_MAX]; /* what {chap} stands for */
	size_t reply_length;
	uint64_t asked; /* when the last bytes went out */
};

struct assay_player {
	const struct assay_profile *profile;
	struct assay_play_options options;
	struct assay_dial *dial;
	struct assay_tcp_lean *lean; /* NULL for the built-in target in this process */
	struct assay_leave leave; /* asked, never dialled through */
	struct assay_initiator_config config; /* its timeout is that of the next call */
	struct assay_tap *tap;
	struct assay_state_graph *states;
	struct assay_encoder *encoder;
	struct play_connection connections[ASSAY_CASE_CONNECTIONS];
	struct play_connection sentinel;
	uint64_t patience, slow; /* nanoseconds */
	uint64_t usual; /* nanoseconds: how long answers take, on the average */
	const struct assay_rule *known[PLAY_KNOWN];
	unsigned known_count;
	bool proves; /* it lets nobody past a login without CHAP: there is a security stage before each that has none */
	bool learning; /* nothing is broken yet: what happens is how this target is */
	bool deaf,
		deaf_with_r2t; /* it leaves a session without an answer in right scenarios; only while it waits for data */

	/* of the case at hand */
	struct assay_played *played;
	const struct assay_case *c;
	bool entered; /* one of its connections came to the full feature phase of a normal session */
	bool changed; /* something went out that is not as the scenario has it */
	int fault; /* of ours: a negative error */
	unsigned pdus;
	uint64_t began; /* as assay_tcp_clock */
};

/* Nanoseconds, monotonic: of the stream where there is one, as its time may be virtual. */
uint64_t play_now(const struct play_connection *k);

/* --- play_connection.c --- */

/* Connects with a new session, or into another's. 0 or the dialer's error, in words in err. */
int play_open(struct assay_player *p, struct play_connection *k, struct play_connection *joins, uint64_t isid,
	struct assay_error *err);
/* Goes through the security stage with CHAP, as the initiator that this first Login Request of a case, which begins behind it, is from. The connection is reset where the target does not go on. */
void play_prove(struct assay_player *p, struct play_connection *k, const struct assay_pdu *login);
/* Sends bytes, cut where they are to be cut. Nothing goes out that the user gave no leave for. */
void play_send(struct assay_player *p, struct play_connection *k, const struct assay_wire *wire);
/* Receives one PDU within timeout and heeds it. 1; 0 when none came; negative when the connection ended. */
int play_take(struct assay_player *p, struct play_connection *k, struct assay_pdu *out, uint64_t timeout);
void play_half_close(struct play_connection *k);
void play_reset(struct play_connection *k);
/* Outcome and words, unless there is a worse one already. */
void play_outcome(struct assay_player *p, enum assay_outcome outcome, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- play_heed.c --- */

/* What an answer means for its connection: phase, tags, what is in force. */
void play_heed(struct assay_player *p, struct play_connection *k, const struct assay_pdu *pdu);
/* What a request that went out whole means: something to wait for. */
void play_note_sent(struct play_connection *k, const struct assay_pdu *bhs);
/* Is there a request whose answer is the target's turn? */
bool play_waits(const struct play_connection *k);
/* The connection ended. */
void play_heed_end(struct assay_player *p, struct play_connection *k, bool reset);

/* --- play_sentinel.c --- */

/* Asks for a sign of life on this connection, behind all that was sent. */
void play_ask_life(struct assay_player *p, struct play_connection *k);
/* Is it the answer to the sign of life that was asked for last; to any? */
bool play_is_life(const struct play_connection *k, const struct assay_pdu *pdu);
bool play_is_a_life(const struct assay_pdu *pdu);
/* An answer came to what was asked last: was it slow? */
void play_took(struct assay_player *p, const struct play_connection *k, const char *what);
/* So long a sign of life has, nanoseconds; and what it means that none came: a wedge, but where the target is known for it. */
uint64_t play_life_time(const struct assay_player *p, const struct play_connection *k);
void play_silent(struct assay_player *p, struct play_connection *k, const char *what);
/* The end of the case: every connection, and a new one. */
void play_sentinels(struct assay_player *p);
/* So long may an answer take that need not come, nanoseconds. */
uint64_t play_grace(const struct assay_player *p);

#endif
