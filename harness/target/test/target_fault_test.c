/* target_fault_test.c - the planted faults: each can be reached by a sequence said by hand, does what its line says, and is not there when it was not asked for. */
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"
#include "target/machine.h" /* what leaks is told by nothing that the machine says */
#include "test/unit.h"

#ifdef __has_feature /* clang's way of what gcc defines */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

static void begin(enum assay_fault fault, bool on, const char *keys)
{
	session_begin(keys);
	if (on)
		assay_target_set_fault(t, fault);
}

/* ---- a crash deep in login ---- */

static void joined_text_with_a_bare_pair(bool on)
{
	static const char names[] = "InitiatorName=" PEER_NAME "\nTargetName=" ASSAY_DEFAULT_NAME "\n";
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.cont = 1,
		.csg = ASSAY_STAGE_OPERATIONAL,
		.data = (const uint8_t *)"X-some",
		.data_length = 6 };

	t = peer_target();
	if (on)
		assay_target_set_fault(t, ASSAY_FAULT_CRASH_IN_LOGIN);
	peer_open(&p, t, 0);
	CU_ASSERT_EQUAL(peer_login_status(&p, ASSAY_STAGE_OPERATIONAL, -1, names), 0);
	pdu.isid = p.isid;
	pdu.cid = p.cid;
	pdu.itt = p.itt;
	pdu.cmd_sn = p.cmd_sn;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status_class, 0);
	CU_ASSERT_EQUAL(peer_login_status(&p, ASSAY_STAGE_OPERATIONAL, -1, "thing\n"), on ? 0x10000 : 0x0200);
	session_end();
}

static void crash_in_login(void)
{
	int status = 0;
	pid_t child = fork();

	CU_ASSERT_TRUE_FATAL(child >= 0);
	if (!child) {
		fclose(stderr);
		joined_text_with_a_bare_pair(true);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_NOT_EQUAL(status, 0);
	joined_text_with_a_bare_pair(false);
}

/* ---- a wedge after a task management function ---- */

static void function_for_no_task_while_a_write_waits(bool on)
{
	struct peer other = { 0 };
	struct assay_pdu write, pdu, in;

	begin(ASSAY_FAULT_WEDGE_AFTER_TMF, on, "InitialR2T=Yes\nImmediateData=No\n");
	pdu = peer_request(&p, ASSAY_TASK_MANAGEMENT_REQUEST);
	pdu.function = 1;
	pdu.rtt = 0x1234;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_TASK_MANAGEMENT_RESPONSE));
	write = peer_write(&p, 0, 0, 1);
	peer_send(&p, &write);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_R2T));
	pdu = peer_request(&p, ASSAY_TASK_MANAGEMENT_REQUEST);
	pdu.function = 1;
	pdu.rtt = 0x1234;
	peer_send(&p, &pdu);
	CU_ASSERT_EQUAL(peer_expect(&p, &in, ASSAY_TASK_MANAGEMENT_RESPONSE), !on);
	CU_ASSERT_EQUAL(peer_alive(&p), !on);
	peer_open(&other, t, 0);
	CU_ASSERT_EQUAL(peer_login(&other, ASSAY_DEFAULT_SECOND, ""), !on);
	peer_close(&other);
	session_end();
}

static void wedge_after_tmf(void)
{
	function_for_no_task_while_a_write_waits(true);
	function_for_no_task_while_a_write_waits(false);
}

/* ---- text ---- */

static void text(const void *bytes, size_t length)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_TEXT_REQUEST);

	pdu.ttt = ASSAY_TAG_RESERVED;
	pdu.data = bytes;
	pdu.data_length = (uint32_t)length;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_TEXT_RESPONSE));
}

/* How many blocks a refused login leaves behind. */
static unsigned left_behind(bool on, const char *target)
{
	unsigned count = 0;

	t = peer_target();
	if (on)
		assay_target_set_fault(t, ASSAY_FAULT_LEAK);
	peer_open(&p, t, 0);
	CU_ASSERT_FALSE(peer_login(&p, target, "MaxBurstLength=512\nMaxBurstLength=512\n"));
	peer_close(&p);
	for (const struct assay_tgt_leak *l = t->leaks; l; l = l->next)
		count++;
	assay_target_free(t);
	return count;
}

static void leak(void)
{
	CU_ASSERT_EQUAL(left_behind(true, ASSAY_DEFAULT_NAME), 1);
	CU_ASSERT_EQUAL(left_behind(true, "iqn.2026-01.net.nobody:x"), 0);
	CU_ASSERT_EQUAL(left_behind(false, ASSAY_DEFAULT_NAME), 0);
}

static void overflow_in_text(void)
{
	static char value[4200] = "X-some=";
	int status = 0;
	pid_t child;

	memset(value + 7, 'a', sizeof(value) - 8);
	child = fork();
	CU_ASSERT_TRUE_FATAL(child >= 0);
	if (!child) {
		fclose(stderr); /* where it would be told at length */
		begin(ASSAY_FAULT_OVERFLOW_IN_TEXT, true, "");
		text(value, sizeof(value));
		_exit(CU_get_number_of_failures() ? 2 : 0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
#ifdef __SANITIZE_ADDRESS__
	CU_ASSERT_NOT_EQUAL(status, 0);
#else
	CU_ASSERT_EQUAL(status, 0);
#endif
}

/* ---- an answer with an old StatSN ---- */

static void response_after_a_reject(bool on)
{
	struct assay_pdu bad, good, in;
	uint32_t stat_sn;

	begin(ASSAY_FAULT_STALE_ANSWER, on, "");
	bad = peer_request(&p, ASSAY_NOP_OUT);
	p.cmd_sn--;
	bad.immediate = 1;
	bad.ttt = 0x1234;
	for (int n = 0; n < 2; n++) {
		if (!n) {
			peer_send(&p, &bad);
			session_expect_reject(ASSAY_TGT_INVALID_FIELD);
		}
		stat_sn = p.stat_sn;
		good = session_test_unit_ready();
		peer_send(&p, &good);
		CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_SCSI_RESPONSE));
		CU_ASSERT_EQUAL(in.stat_sn, stat_sn + (on && n == 0 ? 0 : on ? 2 : 1));
	}
	session_end();
}

static void stale_answer(void)
{
	response_after_a_reject(true);
	response_after_a_reject(false);
}

static void names(void)
{
	for (int n = 0; n < ASSAY_FAULT_COUNT; n++)
		CU_ASSERT_EQUAL(assay_fault_find(assay_fault_at(n)->name), n);
	CU_ASSERT_EQUAL(assay_fault_find("no-such-fault"), -1);
}

static CU_TestInfo tests[] = {
	{ "crash in login", crash_in_login },
	{ "wedge after TMF", wedge_after_tmf },
	UNIT_TEST(leak),
	{ "overflow in text", overflow_in_text },
	{ "stale answer", stale_answer },
	UNIT_TEST(names),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("faults", tests);
}
