"""The git repository that holds the settings: commits, pushes, pull requests."""
