"""Community members: who they are to us, what they agreed to, and where they live."""
