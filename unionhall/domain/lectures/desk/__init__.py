"""Officers' pages: ``composing`` before publishing, ``running`` and ``results`` after."""
