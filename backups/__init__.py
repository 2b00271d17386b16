"""`bin/backup` and `bin/restore`: any moment since the oldest backup, in a new data folder.

What lies in the folder of backups (``UNIONHALL_BACKUPS``, else ``<data>/backups``):

* ``20261123T033000Z/``: one backup: ``base/`` (a copy of the cluster) and ``manifest.json``;
* ``wal/``: what the server wrote since the oldest backup, a segment a file;
* ``files/``: the private files, shared by all backups, for a file of that name never changes.

The keys are in none of them. Whoever finds a backup cannot read what is sealed in it, and whoever
has lost the keys cannot either: keep them apart.
"""
