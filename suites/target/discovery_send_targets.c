/* discovery_send_targets.c - discovery sessions and SendTargets: RFC 7143 sections 4.3, 7.4 and 13.21, appendix C. */
#include <string.h>

#include "codec/name.h"
#include "suites/target/target_suites.h"

#define NAMES_MAX 16 /* targets of a long list that are asked for one by one */

/* An answer to SendTargets, and what it says. */
struct targets {
	const char *text;
	size_t length;
	size_t names; /* TargetName keys */
	size_t addresses; /* TargetAddress keys */
	size_t others; /* any other key */
	bool wanted; /* a record of the name looked for is among them */
};

static struct targets send_targets(
	struct assay_t *t, struct assay_initiator *i, const char *value, const char *wanted)
{
	struct targets found = { 0 };
	struct assay_pair pair;
	size_t offset = 0;

	found.length = (size_t)REQUIRE(t, i, assay_send_targets(i, &found.text, value));
	while (assay_text_next(&pair, &offset, found.text, found.length) == 1) {
		bool name = assay_pair_is(&pair, "TargetName");

		found.names += name;
		found.addresses += assay_pair_is(&pair, "TargetAddress");
		found.others += !name && !assay_pair_is(&pair, "TargetAddress");
		found.wanted |= name && wanted && assay_value_is(&pair, wanted);
	}
	return found;
}

/* Discovery is served on the portal, and SendTargets=All finds the target under test. */
static void all(struct assay_t *t)
{
	const char *name = assay_setup(t)->target_name;
	struct targets found = send_targets(t, assay_connect_discovery(t), "All", name);

	EXPECT(t, found.wanted, "a record of the target under test", "%zu records without it", found.names);
	EXPECT_EQ(t, found.others, 0);
}

/* A target record begins with TargetName: no address stands before the first one. */
static void record_begins_with_name(struct assay_t *t)
{
	struct targets found = send_targets(t, assay_connect_discovery(t), "All", NULL);
	struct assay_pair pair;
	size_t offset = 0;

	REQUIRE_THAT(
		t, assay_text_next(&pair, &offset, found.text, found.length) == 1, "a first pair", "none");
	EXPECT(t, assay_pair_is(&pair, "TargetName"), "TargetName first", "%.*s first", (int)pair.key_length,
		pair.key);
}

/* Each address has the form of section 13.8, with the portal group's tag. What an administrator calls a target is not the target's doing. */
static void forms(struct assay_t *t)
{
	struct targets found = send_targets(t, assay_connect_discovery(t), "All", NULL);
	struct assay_address address;
	struct assay_pair pair;
	size_t offset = 0;

	while (assay_text_next(&pair, &offset, found.text, found.length) == 1) {
		if (assay_pair_is(&pair, "TargetAddress"))
			EXPECT(t,
				assay_address_parse(&address, pair.value, pair.value_length, NULL) == 0 &&
					address.tpgt >= 0,
				"address[:port],portal-group-tag", "%.*s", (int)pair.value_length,
				pair.value);
	}
	EXPECT(t, found.names > 0, "at least one target", "none");
}

/* SendTargets=name: the record of that target. */
static void by_name(struct assay_t *t)
{
	const char *name = assay_setup(t)->target_name;

	EXPECT(t, send_targets(t, assay_connect_discovery(t), name, name).wanted,
		"a record of the target asked for", "none");
}

/* And of no other, if possible. */
static void by_name_alone(struct assay_t *t)
{
	const char *name = assay_setup(t)->target_name;

	EXPECT_EQ(t, send_targets(t, assay_connect_discovery(t), name, name).names, 1);
}

/* What came back for a value that need not be served: how many records, none for a refusal; silence is none of the choices. */
static size_t names_in_answer(struct assay_t *t, struct assay_initiator *i, const char *value)
{
	struct assay_pair pair;
	const char *text;
	size_t offset = 0, names = 0;
	long length = assay_send_targets(i, &text, value);

	if (length == ASSAY_E_TIMEOUT || assay_err_is_ours((int)length))
		REQUIRE(t, i, length);
	while (length > 0 && assay_text_next(&pair, &offset, text, (size_t)length) == 1)
		names += assay_pair_is(&pair, "TargetName") &&
			 !(i->config->target_name && assay_value_is(&pair, i->config->target_name));
	return names;
}

/* A name that is not there: records of no other targets, if possible; it may be refused just as well. */
static void by_unknown_name(struct assay_t *t)
{
	EXPECT_EQ(t,
		names_in_answer(
			t, assay_connect_discovery(t), "iqn.2026-01.net.iscsi-assay:there-is-no-such-target"),
		0);
}

/* What All lists can be had by name too: the first few, each in a session of its own. */
static void all_also_by_name(struct assay_t *t)
{
	struct targets every = send_targets(t, assay_connect_discovery(t), "All", NULL);
	char name[ASSAY_NAME_MAX + 1];
	struct assay_pair pair;
	size_t offset = 0, names = 0;

	while (assay_text_next(&pair, &offset, every.text, every.length) == 1 && names < NAMES_MAX) {
		if (!assay_pair_is(&pair, "TargetName"))
			continue;
		names++;
		assay_value_copy(name, sizeof(name), &pair);
		EXPECT(t, send_targets(t, assay_connect_discovery(t), name, name).wanted,
			"a record by name for each target of All", "none for %s", name);
	}
	if (names == 0)
		assay_skip(t, "not-offered"); /* All lists none: discovery.forms judges that */
}

/* The session may be kept open to ask again, as often as the initiator likes: the command window comes along. */
static void asks_again(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_discovery(t);

	for (unsigned n = 0; n < 4; n++)
		EXPECT(t, send_targets(t, i, "All", NULL).names > 0, "at least one target each time", "none");
}

/* In a normal session an empty value asks for the session's own target. */
static void own_target(struct assay_t *t)
{
	const char *name = assay_setup(t)->target_name;
	struct targets found = send_targets(t, assay_connect_full_feature(t), "", name);

	EXPECT(t, found.wanted, "a record of the session's own target", "%zu records without it",
		found.names);
	EXPECT_EQ(t, found.names, 1);
}

/* All is not for normal sessions: a Reject, SendTargets=Reject or a close will do; no other target may be told. */
static void all_in_normal_session(struct assay_t *t)
{
	EXPECT_EQ(t, names_in_answer(t, assay_connect_full_feature(t), "All"), 0);
}

/* A discovery session may list all targets or go by the initiator's name; what that initiator may use must be there. */
static void acl_shows(struct assay_t *t)
{
	const char *hidden = assay_setup(t)->acl_target;

	if (!assay_setup(t)->acl_initiator)
		assay_skip(t, "not-declared");
	assay_config(t)->initiator_name = assay_setup(t)->acl_initiator;
	EXPECT(t, send_targets(t, assay_connect_discovery(t), "All", hidden).wanted,
		"a record for the initiator that may use it", "none");
}

/* Only SendTargets and a logout that closes the session belong in a discovery session. Anything else is rejected; a target may treat what breaks the
 * protocol so plainly by dropping the connection. */
static void rejected(struct assay_t *t, enum assay_opcode opcode)
{
	struct assay_initiator *i = assay_connect_discovery(t);
	struct assay_pdu pdu;
	int result;

	assay_make(i, &pdu, opcode);
	if (opcode == ASSAY_TASK_MANAGEMENT_REQUEST)
		pdu.function = 2; /* ABORT TASK SET: whoever does it harms nobody */
	REQUIRE(t, i, assay_send(i, &pdu));
	result = assay_recv(i, &pdu);
	EXPECT(t,
		result == ASSAY_E_CLOSED || result == ASSAY_E_RESET ||
			(result == 0 && pdu.opcode == ASSAY_REJECT),
		"a Reject, or the connection closed", "%s",
		result == 0 && assay_opcode_name(pdu.opcode) ? assay_opcode_name(pdu.opcode)
							     : assay_err_name(result));
}

static void command_in_discovery(struct assay_t *t)
{
	rejected(t, ASSAY_SCSI_COMMAND);
}

static void ping_in_discovery(struct assay_t *t)
{
	rejected(t, ASSAY_NOP_OUT);
}

static void task_management_in_discovery(struct assay_t *t)
{
	rejected(t, ASSAY_TASK_MANAGEMENT_REQUEST);
}

/* The logout that closes the session works. */
static void logout(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_discovery(t);
	struct assay_pdu response;

	REQUIRE(t, i, assay_logout(i, 0, &response));
	EXPECT_EQ(t, response.response, 0);
	EXPECT_CLOSE(t, i);
}

/* Error recovery in discovery is level 0, whatever is offered. */
static void recovery_level_zero(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_aim(t, NULL);
	i = assay_connect(t);
	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	assay_login_key(i, "ErrorRecoveryLevel", "2");
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_KEY(t, i, "ErrorRecoveryLevel", "0", "Irrelevant");
}

/* Every portal has discovery. */
static void on_second_portal(struct assay_t *t)
{
	assay_config(t)->host = assay_setup(t)->second_host;
	assay_config(t)->port = assay_setup(t)->second_port;
	EXPECT(t, send_targets(t, assay_connect_discovery(t), "All", NULL).names > 0, "at least one target",
		"none");
}

static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	       strcasecmp(host, "localhost") == 0;
}

/* All addresses of a target are told: whichever portal is asked is among them, where it serves the target, unless it was reached through a name or a
 * translation that the target cannot know. A forwarded port of a loopback address looks like any other. */
static void names_portal(struct assay_t *t, const char *host, uint16_t port)
{
	const char *name = assay_setup(t)->target_name;
	struct targets found = send_targets(t, assay_connect_discovery(t), name, name);
	struct assay_address address;
	struct assay_pair pair;
	size_t offset = 0;
	bool mine = false, same_host = false;

	while (assay_text_next(&pair, &offset, found.text, found.length) == 1) {
		if (!assay_pair_is(&pair, "TargetAddress") ||
			assay_address_parse(&address, pair.value, pair.value_length, NULL) < 0 ||
			strcasecmp(address.host, host) != 0)
			continue;
		same_host = true;
		mine |= address.port == port;
	}
	if (!same_host || (!mine && !assay_setup(t)->started && is_loopback(host)))
		assay_skip(t, "not-offered");
	EXPECT(t, mine, "the portal of this connection among the target's addresses", "%zu others",
		found.addresses);
}

static void names_its_own_portal(struct assay_t *t)
{
	names_portal(t, assay_setup(t)->host, assay_setup(t)->port);
}

static void second_portal_names_itself(struct assay_t *t)
{
	assay_config(t)->host = assay_setup(t)->second_host;
	assay_config(t)->port = assay_setup(t)->second_port;
	names_portal(t, assay_setup(t)->second_host, assay_setup(t)->second_port);
}

/* A value that is none of the three kinds: no target is told for it. */
static void malformed_value(struct assay_t *t)
{
	EXPECT_EQ(t, names_in_answer(t, assay_connect_discovery(t), "all"), 0);
}

static const struct assay_test tests[] = {
	{ .id = "discovery.all",
		.reqs = "R7143-C-08 R7143-C-03 R7143-C-18",
		.section = "C",
		.level = MUST,
		.run = all,
		.desc = "lists the target under test for SendTargets=All, with no other keys",
		.defects = "sendtargets-shows-none sendtargets-other-keys" },
	{ .id = "discovery.record-begins-with-name",
		.reqs = "R7143-C-18",
		.section = "C",
		.level = MUST,
		.run = record_begins_with_name,
		.desc = "begins a target record with TargetName",
		.defects = "sendtargets-address-first" },
	{ .id = "discovery.forms",
		.reqs = "R7143-13.8-02 R7143-13.8-03",
		.section = "13.8",
		.level = MUST,
		.run = forms,
		.desc = "names addresses in their form, with the portal group tag",
		.defects = "address-no-tpgt" },
	{ .id = "discovery.by-name",
		.reqs = "R7143-C-10",
		.section = "C",
		.level = MUST,
		.run = by_name,
		.desc = "answers SendTargets=name with that target",
		.defects = "sendtargets-by-name-empty" },
	{ .id = "discovery.by-name-alone",
		.reqs = "R7143-C-20",
		.section = "C",
		.level = SHOULD,
		.run = by_name_alone,
		.desc = "answers SendTargets=name with no other target",
		.defects = "sendtargets-name-ignored" },
	{ .id = "discovery.by-unknown-name",
		.reqs = "R7143-C-20",
		.section = "C",
		.level = SHOULD,
		.run = by_unknown_name,
		.desc = "answers SendTargets with a name that is not there with no target",
		.defects = "sendtargets-name-ignored" },
	{ .id = "discovery.asks-again",
		.reqs = "R7143-C-17 R7143-C-03",
		.section = "C",
		.level = MUST,
		.run = asks_again,
		.desc = "answers one SendTargets after the other in a discovery session",
		.defects = "discovery-window-stuck" },
	{ .id = "discovery.all-also-by-name",
		.reqs = "R7143-C-11",
		.section = "C",
		.level = MUST,
		.run = all_also_by_name,
		.desc = "has by name what it lists for All",
		.defects = "sendtargets-by-name-empty" },
	{ .id = "discovery.own-target-in-normal-session",
		.reqs = "R7143-C-12 R7143-C-13 R7143-C-05",
		.section = "C",
		.level = MUST,
		.run = own_target,
		.desc = "answers an empty SendTargets in a normal session with its own target alone",
		.defects = "sendtargets-empty-shows-all" },
	{ .id = "discovery.all-in-normal-session",
		.reqs = "R7143-C-09",
		.section = "C",
		.level = MUST,
		.needs = ASSAY_NEED_SECOND_TARGET,
		.run = all_in_normal_session,
		.desc = "does not list other targets for SendTargets=All in a normal session",
		.defects = "sendtargets-all-in-normal" },
	{ .id = "discovery.acl-shows-target",
		.reqs = "R7143-C-04",
		.section = "C",
		.level = MUST,
		.needs = ASSAY_NEED_ACL,
		.run = acl_shows,
		.desc = "lists a target to the initiator that may use it",
		.defects = "acl-hides-from-all" },
	{ .id = "discovery.command-rejected",
		.reqs = "R7143-4.3-01 R7143-4.3-02",
		.section = "4.3",
		.level = MUST,
		.run = command_in_discovery,
		.desc = "rejects a SCSI command in a discovery session",
		.defects = "reject-silent reject-is-scsi-response" },
	{ .id = "discovery.ping-rejected",
		.reqs = "R7143-4.3-01 R7143-4.3-02 R7143-7.4.3-01",
		.section = "4.3",
		.level = MUST,
		.run = ping_in_discovery,
		.desc = "rejects a ping in a discovery session",
		.defects = "discovery-takes-nop" },
	{ .id = "discovery.task-management-rejected",
		.reqs = "R7143-4.3-02",
		.section = "4.3",
		.level = MUST,
		.run = task_management_in_discovery,
		.desc = "rejects task management in a discovery session",
		.defects = "reject-silent" },
	{ .id = "discovery.logout",
		.reqs = "R7143-4.3-01 R7143-11.15-01",
		.section = "4.3",
		.level = MUST,
		.run = logout,
		.desc = "takes a logout in a discovery session and closes",
		.defects = "logout-stays-open" },
	{ .id = "discovery.recovery-level-zero",
		.reqs = "R7143-7.4.1-01 R7143-7.4.1-02 R7143-13.21-01",
		.section = "7.4.1",
		.level = MUST,
		.run = recovery_level_zero,
		.desc = "answers any ErrorRecoveryLevel in discovery with 0",
		.defects = "erl-raised" },
	{ .id = "discovery.second-portal",
		.reqs = "R7143-C-02",
		.section = "C",
		.level = MUST,
		.needs = ASSAY_NEED_SECOND_PORTAL,
		.run = on_second_portal,
		.desc = "serves discovery on the second portal",
		.defects = "discovery-first-portal-only" },
	{ .id = "discovery.names-its-own-portal",
		.reqs = "R7143-C-04",
		.section = "C",
		.level = MUST,
		.run = names_its_own_portal,
		.desc = "lists the portal of this connection among the target's addresses",
		.defects = "address-wrong-port" },
	{ .id = "discovery.second-portal-names-itself",
		.reqs = "R7143-C-04",
		.section = "C",
		.level = MUST,
		.needs = ASSAY_NEED_SECOND_PORTAL,
		.run = second_portal_names_itself,
		.desc = "lists the second portal among the target's addresses",
		.defects = "addresses-incomplete" },
	{ .id = "discovery.malformed-value",
		.reqs = "R7143-6.1-06",
		.section = "C",
		.level = MUST,
		.run = malformed_value,
		.desc = "does not take all for All",
		.defects = "sendtargets-case-insensitive" },
};

const struct assay_suite assay_suite_discovery_send_targets = {
	.name = "discovery",
	.desc = "SendTargets in discovery and normal sessions",
	ASSAY_TESTS(tests),
};
