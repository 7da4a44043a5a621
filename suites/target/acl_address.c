/* acl_address.c - access lists that go by the initiator's address: RFC 7143 sections 11.13.5 (authorization failure) and appendix C. The lists themselves
 * are the target's own business; what follows from them on the wire is the standard's. */
#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* Connections of this test come from the address that the list names. */
static void from_listed_address(struct assay_t *t)
{
	assay_config(t)->source = assay_setup(t)->acl_address;
}

/* From there the login is like any other. */
static void address_admitted(struct assay_t *t)
{
	struct assay_initiator *i;

	from_listed_address(t);
	assay_aim(t, assay_setup(t)->acl_address_target);
	i = assay_connect(t);
	EXPECT(t, assay_login(i) >= 0, "a login from the address that the list names", "%s",
		i->error.message);
}

/* The same name from the address that we usually have: no access, by whatever status of the initiator's errors. */
static void other_address_refused(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_aim(t, assay_setup(t)->acl_address_target);
	i = assay_connect(t);
	assay_login_start(i);
	EXPECT_LOGIN_STATUS(t, i, assay_login_rest(i), 0);
}

/* Who may use a target finds it: a discovery session from the listed address. */
static void address_shows_target(struct assay_t *t)
{
	const char *text, *wanted = assay_setup(t)->acl_address_target;
	struct assay_initiator *i;
	struct assay_pair pair;
	size_t length, offset = 0;
	bool found = false;

	from_listed_address(t);
	i = assay_connect_discovery(t);
	length = (size_t)REQUIRE(t, i, assay_send_targets(i, &text, "All"));
	while (assay_text_next(&pair, &offset, text, length) == 1)
		found = found || (assay_pair_is(&pair, "TargetName") && assay_value_is(&pair, wanted));
	EXPECT(t, found, "a record for the address that may use it", "none");
}

static const struct assay_test tests[] = {
	{ .id = "acl.address-admitted",
		.reqs = "R7143-11.13.5-09",
		.section = "11.13.5",
		.level = MUST,
		.needs = ASSAY_NEED_ACL_ADDRESS,
		.run = address_admitted,
		.desc = "lets an initiator in from the address that its access list names",
		.defects = "acl-address-refuses-all" },
	{ .id = "acl.other-address-refused",
		.reqs = "R7143-11.13.5-09",
		.section = "11.13.5",
		.level = MUST,
		.needs = ASSAY_NEED_ACL_ADDRESS,
		.run = other_address_refused,
		.desc = "refuses an initiator that comes from an address that its access list does not name",
		.defects = "acl-address-ignored" },
	{ .id = "acl.address-shows-target",
		.reqs = "R7143-C-04",
		.section = "C",
		.level = MUST,
		.needs = ASSAY_NEED_ACL_ADDRESS,
		.run = address_shows_target,
		.desc = "lists a target to the initiator whose address may use it",
		.defects = "acl-hides-from-all acl-address-refuses-all" },
};

const struct assay_suite assay_suite_acl_address = {
	.name = "acl",
	.desc = "access lists that go by address",
	ASSAY_TESTS(tests),
};
