"""What people and pipelines see of an operation."""
