"""A Pulumi provider for Kubernetes that needs no cluster: it checks objects against the published schemas."""
