"""`headroom policies`: the rules explained, and what they find told as text, JSON and SARIF."""
