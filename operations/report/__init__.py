"""One report over every environment: what a change would do, what it would lose, and who has said yes to that."""
