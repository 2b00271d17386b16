"""The officer's pages about members: the roll, and rolls that are sent in."""
