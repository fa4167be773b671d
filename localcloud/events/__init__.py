"""Events on their way to functions: permission, retries, destinations, queues, schedules."""
