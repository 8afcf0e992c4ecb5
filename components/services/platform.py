"""What a service keeps when it moves from one platform to another."""

import pulumi


def moved_from(kind: str, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Makes the component of the other platform, `kind`, the same as this one, and so what both have: its secrets with
    their values, and its alarms. Both have fixed names, of which AWS takes each once."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=kind)]))
