"""Options as they come from parents, and which provider makes what."""

from __future__ import annotations


def test_resources_in_a_second_region_come_from_an_explicit_provider_and_their_children_inherit_it(either):
    sample = either("""
        from pulumi.runtime.proto import resource_pb2

        near, far = Provider("near", region="r1"), Provider("far", region="r2")
        Thing("top")
        Thing("given", Options(provider=near))
        group = Group("group", Options(providers={"mem": far}))
        inner = Group("inner", Options(parent=group))
        child = Thing("child", Options(parent=inner))
        Thing("grandchild", Options(parent=child))
        Thing("overriding", Options(parent=inner, provider=near))
        single = Group("single", Options(provider=near))
        Thing("of-single", Options(parent=single))

        def bare(urn):  # as a program that leaves the inheritance to the engine
            request = resource_pb2.RegisterResourceRequest(type="mem:index:Thing", name="bare", parent=urn, custom=True)
            pulumi.runtime.settings.get_monitor().RegisterResource(request)

        group.urn.apply(bare)
        found = pulumi.runtime.invoke("mem:index:echo", {}, pulumi.InvokeOptions(parent=inner))
        pulumi.export("invoked", found.value["region"])
    """)
    sample.up()
    regions = {name: state["outputs"].get("region") for name, state in sample.state().items() if "id" in state}
    assert regions == {
        "default": None, "near": "r1", "far": "r2",
        "top": None, "given": "r1", "child": "r2", "grandchild": "r2", "overriding": "r1", "of-single": "r1",
        "bare": "r2",
    }  # fmt: skip
    assert sample.outputs()["invoked"] == "r2"
    sample.up("--expect-no-changes")


def test_protection_retention_and_deletion_come_from_the_parent_and_can_be_overridden(either):
    sample = either("""
        store = Thing("store")
        group = Group("group", Options(protect=True, retain_on_delete=True, deleted_with=store))
        Thing("child", Options(parent=group))
        Thing("own", Options(parent=group, protect=False, retain_on_delete=False))
    """)
    sample.up()
    state = sample.state()
    assert state["child"]["protect"] is True and state["child"]["retainOnDelete"] is True
    assert "protect" not in state["own"] and "retainOnDelete" not in state["own"]
    assert state["child"]["deletedWith"] == state["own"]["deletedWith"] == sample.urn("store")
