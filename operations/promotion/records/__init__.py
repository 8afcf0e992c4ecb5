"""What is kept of releases in an environment's state bucket, and who works on it."""
