"""What leaves the gateway for others: tables, feeds."""
