"""Whole operations: programs that crash, many resources, large ones."""

from __future__ import annotations

import resource


def test_a_program_that_crashes_fails_the_operation_and_deletes_nothing(either):
    sample = either('Thing("a")\nThing("old")')
    sample.up()
    sample.program("""
        import os
        b = Thing("b", value=Thing("a").arn)
        b.arn.apply(lambda _: os.kill(os.getpid(), 9))
        Thing("never", value=b.arn.apply(lambda _: __import__("time").sleep(30)))
    """)
    sample.failing_up()
    assert set(sample.things()) == {"a", "b", "old"} == set(sample.state()) - {"sample-dev", "default"}
    sample.program('b = Thing("b", value=Thing("a").arn)')
    sample.up()
    assert set(sample.things()) == {"a", "b"}


def test_how_the_program_crashed_is_told(project):
    sample = project("import os\nos._exit(7)")
    assert "the program exited with non-zero exit code: 7" in sample.error("preview")
    sample.program("import os\nos.kill(os.getpid(), 11)")
    assert "the program was ended by signal 11" in sample.error("preview")


def test_messages_of_six_mebibytes_pass(either):
    sample = either("""
        big = "x" * (6 * 1024 * 1024)
        a = Thing("a", value=big)
        found = pulumi.runtime.invoke_output("mem:index:echo", {"text": big})
        pulumi.export("invoked", found.apply(lambda value: len(value["text"])))
        pulumi.export("made", a.value.apply(len))
        pulumi.export("big", a.value)
    """)
    sample.up()
    outputs = sample.outputs()
    assert (outputs["invoked"], outputs["made"], len(outputs["big"])) == (6291456, 6291456, 6291456)
    sample.up("--expect-no-changes")
    assert len(sample.state()["a"]["inputs"]["value"]) == 6291456


MANY = """
    from concurrent.futures import ThreadPoolExecutor
    from pulumi.runtime.proto import resource_pb2

    monitor = pulumi.runtime.settings.get_monitor()
    urns = []

    def register(number):
        request = resource_pb2.RegisterResourceRequest(
            type="mem:index:Thing", name=f"t{number}", custom=True, supportsPartialValues=True
        )
        request.object.update({"value": f"v{number}"})
        if number > 9:
            request.dependencies.append(urns[number // 10])
        return monitor.RegisterResource(request).urn

    with ThreadPoolExecutor(16) as pool:  # by the protocol: the SDK would take longer than the engine
        for start in range(0, %d, 10):
            urns += pool.map(register, range(start, start + 10))
"""


def seconds_of(work) -> float:
    """CPU seconds of all processes of a command that is one of its own."""

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = spent()
    done = work()
    assert done.returncode == 0, done.stderr
    return spent() - before


def test_two_thousand_resources_take_four_times_what_five_hundred_take(project):
    few, many = project(MANY % 500, "few"), project(MANY % 2000, "many")
    up = ("up", "--yes", "--skip-preview")
    smaller, larger = (seconds_of(lambda one=one: one.process(*up)) for one in (few, many))
    assert len(many.things()) == 2000 and larger < 6 * smaller
    smaller, larger = (seconds_of(lambda one=one: one.process("preview")) for one in (few, many))
    assert larger < 6 * smaller
