"""The program of the endurance run: plain resources, more or fewer."""
