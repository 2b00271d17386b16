"""The demonstration: a small federation, served as it would be in earnest."""
