"""The policy pack: pure rules over plain data, and one adapter (pack.py) that knows pulumi_policy."""
