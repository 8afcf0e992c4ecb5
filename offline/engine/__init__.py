"""The embedded Pulumi engine: runs an unmodified Pulumi program against provider plugins, without network or account."""
