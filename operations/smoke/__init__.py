"""`make smoke-aws`: a minimal dev comes up in a real account, is asked whether it answers, and goes again."""
