"""The program of the endurance run: resources of many kinds, more or fewer."""
