"""A stack's workflows as tools of the Model Context Protocol.

https://modelcontextprotocol.io/specification
"""
