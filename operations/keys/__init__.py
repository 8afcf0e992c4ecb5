"""Keys, secrets and users of an environment: what there is, how old it is, and how one is rotated."""
