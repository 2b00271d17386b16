"""Small servers that speak the protocols of others: WeChat, a city's identity provider, a vendor of text messages.

They answer on this machine alone, for tests and the demonstration, and keep to what their owners document: addresses,
parameters, error codes, what is good only once. Where one is wrong the product would be, too: each says its sources.
"""
