"""The officer's pages of the tree."""
