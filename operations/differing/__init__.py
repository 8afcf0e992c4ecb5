"""What differs between two environments, by meaning."""
