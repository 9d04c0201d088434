"""After everything else: nothing in the shared World contradicts anything else."""


def test_ledger_calendar_and_refunds_agree_after_all_tests(world):
    assert world.inconsistencies() == []


def test_the_tables_are_what_the_journal_says_after_all_tests(world):
    world.projected()
    assert "equal" in world.reserve("rebuild", "--city", "URB", "--check")
