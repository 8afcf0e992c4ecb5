"""What AWS says of how an environment does: alarms, rollouts, requests."""
