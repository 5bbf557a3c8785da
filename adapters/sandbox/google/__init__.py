"""Google: authorization server, security events and Drive, over one world."""
