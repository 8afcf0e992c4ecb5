"""Entry point of the policy pack; an engine starts it."""

from policies.pack import Analyzer, serve

serve(Analyzer())
