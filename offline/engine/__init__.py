"""The embedded Pulumi engine: runs an unmodified program against provider plugins, without network or account."""
