"""What API Gateway does around a function: permission, throttling, access logs, stage rules."""
