/*
 * initiators_test.c - the oracles for initiators, each shown by an initiator of a few lines with one bug that only changed answers bring out: this program itself, called with the
 * bug's name and the port. And by one without, which nothing is held against.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign/initiators.h"
#include "campaign/rig.h"
#include "codec/pdu.h"
#include "test/unit.h"

#define DEADLINE UINT64_C(2000000000) /* nanoseconds; an initiator that hangs costs as much */

/* ---- initiators ---- */

static void send_pdu(int fd, const struct assay_pdu *pdu)
{
	uint8_t bytes[1024];
	long length = assay_pdu_encode(bytes, sizeof(bytes), pdu, 0);

	if (length < 0 || send(fd, bytes, (size_t)length, MSG_NOSIGNAL) != length)
		exit(1);
}

/* One whole PDU, or an end that a good initiator comes to. */
static struct assay_pdu receive_pdu(int fd)
{
	static uint8_t bytes[16384];
	struct assay_pdu pdu;
	size_t have = 0;

	for (;;) {
		ssize_t got;

		if (assay_pdu_decode(&pdu, bytes, have, 0) > 0)
			return pdu;
		got = recv(fd, bytes + have, sizeof(bytes) - have, 0);
		if (got <= 0)
			exit(1);
		have += (size_t)got;
	}
}

static int dial(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		exit(1);
	return fd;
}

/* Logs in by one request, and says how that went. */
static int initiator(const char *bug, const char *port)
{
	static const char text[] = "InitiatorName=iqn.2026-01.net.iscsi-assay:i\0SessionType=Discovery";
	struct assay_pdu login = { .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = 1,
		.csg = ASSAY_STAGE_OPERATIONAL,
		.nsg = ASSAY_STAGE_FULL_FEATURE,
		.isid = 0x80a5fa220000,
		.itt = 7,
		.data = (const uint8_t *)text,
		.data_length = sizeof(text) };
	int fd = dial(port);
	struct assay_pdu answer;
	bool good;

	send_pdu(fd, &login);
	answer = receive_pdu(fd);
	good = answer.opcode == ASSAY_LOGIN_RESPONSE && answer.itt == 7 && answer.isid == login.isid &&
	       answer.transit && !answer.status_class;
	if (!good && !strcmp(bug, "crash"))
		abort();
	if (!good && !strcmp(bug, "hang"))
		pause();
	if (!good && !strcmp(bug, "rule")) /* in the login phase: section 4.2.4 */
		send_pdu(fd, &(struct assay_pdu){ .opcode = ASSAY_NOP_OUT, .final = 1, .itt = 8, .ttt = 9 });
	if (!good && strcmp(bug, "misled") != 0)
		return 1;
	printf("%s\n", good ? "all is well" : "something is well");
	return 0;
}

/* Leaves a process in a session of its own, which would outlive its group, and says which. */
static int leaver(const char *port)
{
	pid_t child = fork();

	if (!child) {
		setsid();
		(void)!fork();
		pause();
	}
	fprintf(stderr, "left %d\n", (int)child);
	return initiator("none", port);
}

/* ---- the campaign ---- */

/* How many of the cases come to that outcome, up to most; none may come to another. */
static unsigned count(const char *bug, enum assay_outcome outcome, unsigned most, uint32_t cases)
{
	struct assay_initiators_options options = { .deadline = DEADLINE };
	struct assay_error err = { 0 };
	struct assay_initiators *i;
	struct assay_rig rig;
	char command[128];
	unsigned seen = 0, others = 0;

	snprintf(command, sizeof(command), "/proc/%d/exe %s {port}", getpid(), bug);
	options.command = command;
	CU_ASSERT_EQUAL_FATAL(assay_initiators_begin(&i, &rig, &options, &err), 0);
	for (uint32_t n = 0; n < cases && seen < most; n++) {
		struct assay_case_name name = { .id = { .seed = 1, .depth = 1, .path = { n } } };
		struct assay_judged judged;

		CU_ASSERT_EQUAL_FATAL(rig.play(rig.payload, &judged, &name, &err), 0);
		seen += judged.played.outcome == outcome;
		others += judged.played.outcome != outcome && judged.played.outcome != ASSAY_OUTCOME_OK;
	}
	CU_ASSERT_EQUAL(others, 0);
	assay_initiators_end(i);
	return seen;
}

static void a_good_one(void)
{
	CU_ASSERT_EQUAL(count("none", ASSAY_OUTCOME_OK, 40, 40), 40);
}

static void a_crash(void)
{
	CU_ASSERT_EQUAL(count("crash", ASSAY_OUTCOME_GONE, 1, 300), 1);
}

static void a_hang(void)
{
	CU_ASSERT_EQUAL(count("hang", ASSAY_OUTCOME_WEDGED, 1, 300), 1);
}

static void other_output(void)
{
	CU_ASSERT_EQUAL(count("misled", ASSAY_OUTCOME_OUTPUT, 1, 300), 1);
}

static void a_broken_rule(void)
{
	CU_ASSERT_EQUAL(count("rule", ASSAY_OUTCOME_RULE, 1, 300), 1);
}

/* What the command leaves, wherever that put itself, ends with the case. */
static void no_process_is_left(void)
{
	char command[128];
	const struct assay_initiators_options options = { .command = command, .deadline = DEADLINE };
	const struct assay_case_name name = { .id = { .seed = 1, .depth = 1 } };
	struct assay_error err = { 0 };
	struct assay_initiators *i;
	struct assay_judged judged;
	struct assay_rig rig;
	int left = 0;

	snprintf(command, sizeof(command), "/proc/%d/exe leaver {port}", getpid());
	CU_ASSERT_EQUAL_FATAL(assay_initiators_begin(&i, &rig, &options, &err), 0);
	CU_ASSERT_EQUAL(rig.play(rig.payload, &judged, &name, &err), 0);
	CU_ASSERT_EQUAL_FATAL(sscanf(rig.log(rig.payload), "left %d", &left), 1);
	CU_ASSERT_TRUE(kill(left, 0) && errno == ESRCH);
	CU_ASSERT_TRUE(wait(NULL) < 0 && errno == ECHILD);
	assay_initiators_end(i);
}

static void bad_commands(void)
{
	static const char *const commands[] = { "", "/no/such/program", "false", "true" };

	for (size_t n = 0; n < sizeof(commands) / sizeof(commands[0]); n++) {
		struct assay_initiators_options options = { .command = commands[n], .deadline = DEADLINE };
		struct assay_error err = { 0 };
		struct assay_initiators *i;
		struct assay_rig rig;

		CU_ASSERT_EQUAL(assay_initiators_begin(&i, &rig, &options, &err), ASSAY_E_SYNTAX);
		CU_ASSERT_NOT_EQUAL(err.message[0], 0);
	}
}

static CU_TestInfo tests[] = {
	{ "a good one", a_good_one },
	{ "a crash", a_crash },
	{ "a hang", a_hang },
	{ "other output", other_output },
	{ "a broken rule", a_broken_rule },
	{ "no process is left", no_process_is_left },
	{ "bad commands", bad_commands },
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "leaver"))
		return leaver(argv[2]);
	if (argc == 3)
		return initiator(argv[1], argv[2]);
	return unit_run("initiators", tests);
}
