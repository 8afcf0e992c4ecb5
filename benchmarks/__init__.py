"""What `make bench` runs: previews and ups of whole stacks in time and memory, against the SDK's own floor."""
