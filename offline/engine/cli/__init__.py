"""The `pulumi` stand-in: the commands and flags that people and the Automation API use. Anything else is refused."""
