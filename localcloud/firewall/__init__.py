"""Web ACLs before REST stages: rules that are judged, the others kept."""
